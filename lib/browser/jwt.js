'use strict';

const { missing } = require('./missing.js');

module.exports = {
  jwtAuthorizer: missing('jwtAuthorizer()'),
};
