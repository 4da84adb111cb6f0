'use strict';

const { missing } = require('./missing.js');

module.exports = {
  fakeOfficialAccount: missing('fakeOfficialAccount()'),
  fakeWecomBot: missing('fakeWecomBot()'),
  virtualClock: missing('virtualClock()'),
  virtualStore: missing('virtualStore()'),
};
