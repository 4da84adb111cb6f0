'use strict';

const { missing } = require('./missing.js');

module.exports = {
  startFaultServer: missing('startFaultServer()'),
  startProvider: missing('startProvider()'),
};
