'use strict';

const { missing } = require('./missing.js');

module.exports = {
  createResumableStreamContext: missing('createResumableStreamContext()'),
};
