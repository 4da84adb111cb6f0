'use strict';

/**
 * A module that is loaded when it is first needed: most programs use a part of this package, and
 * loading a file takes longer than most calls.
 *
 * @template Module
 * @param {() => Module} load a `require` of a literal, which bundlers and tracers follow
 * @returns {() => Module}
 */
function lazy(load) {
  /** @type {Module | undefined} */
  let loaded;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

module.exports = { lazy };
