'use strict';

const { missing } = require('./missing.js');

module.exports = {
  fakeOfficialAccount: missing('fakeOfficialAccount()'),
  virtualClock: missing('virtualClock()'),
  virtualStore: missing('virtualStore()'),
};
