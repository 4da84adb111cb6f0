'use strict';

const { missing } = require('./missing.js');

module.exports = {
  hubPlugin: missing('hubPlugin()'),
};
