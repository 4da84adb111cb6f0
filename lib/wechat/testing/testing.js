'use strict';

const { fakeOfficialAccount } = require('./fake-official-account.js');
const { fakeWecomBot } = require('./fake-wecom-bot.js');
const { virtualClock } = require('./virtual-clock.js');
const { virtualStore } = require('./virtual-store.js');

module.exports = {
  fakeOfficialAccount,
  fakeWecomBot,
  virtualClock,
  virtualStore,
};
