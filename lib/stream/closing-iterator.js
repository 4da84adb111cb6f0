'use strict';

/**
 * An iterator whose loop, when it is left early, closes what it reads from.
 *
 * @template T
 * @param {() => Promise<IteratorResult<T, undefined>>} next
 * @param {() => void} close
 */
function closingIterator(next, close) {
  return {
    next,
    /** @param {unknown} [value] */
    return(value) {
      close();
      return Promise.resolve({ value, done: true });
    },
    /** @param {unknown} error */
    throw(error) {
      close();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

module.exports = { closingIterator };
