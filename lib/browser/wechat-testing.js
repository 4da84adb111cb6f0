'use strict';

const { missing } = require('./missing.js');

module.exports = {
  fakeOfficialAccount: missing('fakeOfficialAccount()'),
  fakeWecomApi: missing('fakeWecomApi()'),
  fakeWecomBot: missing('fakeWecomBot()'),
  fakeWecomServer: missing('fakeWecomServer()'),
  virtualClock: missing('virtualClock()'),
  virtualStore: missing('virtualStore()'),
};
