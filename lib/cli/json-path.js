'use strict';

const { UsageError } = require('./usage-error.js');

/** One step: `key`, `.key`, `[0]` or `["any key"]`. */
const STEP = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/**
 * The steps of a path such as `choices[0].delta.content`; none for the empty path and for `.`.
 *
 * @param {string} path
 * @returns {string[]}
 */
function parsePath(path) {
  const steps = [];
  const step = new RegExp(STEP);
  while (path !== '.' && step.lastIndex < path.length) {
    const from = step.lastIndex;
    const match = step.exec(path);
    const key = match && (match[1] ?? match[2] ?? unquote(match[3]));
    if (typeof key !== 'string') {
      throw new UsageError(
        `--json: cannot read the path from character ${from + 1}: ${JSON.stringify(path)}; ` +
          'write it like choices[0].delta.content or ["a key"][0]',
      );
    }
    steps.push(key);
  }
  return steps;
}

/** @param {string} text */
function unquote(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What a parsed JSON value has at a path; `undefined` when it has nothing there.
 *
 * @param {unknown} value
 * @param {readonly string[]} steps
 * @returns {unknown}
 */
function valueAt(value, steps) {
  let found = value;
  for (const step of steps) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) {
      return undefined;
    }
    found = /** @type {Record<string, unknown>} */ (found)[step];
  }
  return found;
}

module.exports = { parsePath, valueAt };
