'use strict';

const { fakeOfficialAccount } = require('./fake-official-account.js');
const { virtualClock } = require('./virtual-clock.js');
const { virtualStore } = require('./virtual-store.js');

module.exports = {
  fakeOfficialAccount,
  virtualClock,
  virtualStore,
};
