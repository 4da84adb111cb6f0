'use strict';

/**
 * Something for listeners alone: no iterator gets it.
 *
 * @template T
 */
class Aside {
  /** @param {T} item */
  constructor(item) {
    this.item = item;
  }
}

module.exports = { Aside };
