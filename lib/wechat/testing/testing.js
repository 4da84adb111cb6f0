'use strict';

const { fakeOfficialAccount } = require('./fake-official-account.js');
const { fakeWecomApi } = require('./fake-wecom-api.js');
const { fakeWecomBot } = require('./fake-wecom-bot.js');
const { fakeWecomServer } = require('./fake-wecom-server.js');
const { virtualClock } = require('./virtual-clock.js');
const { virtualStore } = require('./virtual-store.js');

module.exports = {
  fakeOfficialAccount,
  fakeWecomApi,
  fakeWecomBot,
  fakeWecomServer,
  virtualClock,
  virtualStore,
};
