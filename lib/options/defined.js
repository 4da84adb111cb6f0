'use strict';

/** @param {Record<string, unknown>} given */
const defined = (given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

module.exports = { defined };
