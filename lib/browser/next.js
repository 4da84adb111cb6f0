'use strict';

const { missing } = require('./missing.js');

/** Nothing: the edge runtime has no process that could end, and Next.js calls this for it, too. */
function register() {}

module.exports = {
  answerRoutes: missing('answerRoutes()'),
  hubRoutes: missing('hubRoutes()'),
  register,
  withPerennial: missing('withPerennial()'),
};
