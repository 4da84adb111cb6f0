'use strict';

const { startFaultServer } = require('./fault-server.js');
const { startProvider } = require('./provider.js');

module.exports = { startFaultServer, startProvider };
