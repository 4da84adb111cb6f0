'use strict';

/**
 * Options by their values: two objects that say the same are one key. Functions are no part of it, since the
 * newest ones are called.
 *
 * @param {unknown} value
 * @param {readonly string[]} [without] names that do not count
 */
const keyOf = (value, without = []) =>
  JSON.stringify(value, (name, part) => {
    if (without.includes(name) || typeof part === 'function') return undefined;
    if (typeof part === 'bigint') return String(part);
    const entries =
      part instanceof Map || part instanceof Headers || part instanceof URLSearchParams;
    return entries ? [...part] : part;
  });

module.exports = { keyOf };
