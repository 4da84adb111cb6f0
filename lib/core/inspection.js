'use strict';

const { inspect } = require('node:util');

/**
 * @typedef {(depth: number, options: import('node:util').InspectOptionsStylized) => string} Inspect
 */

/**
 * How `util.inspect` shows an object whose state is private: as a class with these members.
 *
 * @param {object} target
 * @param {() => object} members holds no secret
 * @param {Parameters<Inspect>} how
 */
function inspection(target, members, [depth, options]) {
  const { name } = target.constructor;
  if (depth < 0) return options.stylize(`[${name}]`, 'special');
  return `${name} ${inspect(members(), { ...options, depth })}`;
}

/**
 * The members that are numbers.
 *
 * @param {Record<string, unknown>} stats
 */
function counts(stats) {
  return Object.fromEntries(Object.entries(stats).filter(([, value]) => typeof value === 'number'));
}

module.exports = { counts, inspection };
