'use strict';

const { missing } = require('./missing.js');

module.exports = {
  hubRoutes: missing('hubRoutes()'),
};
