'use strict';

const { parseArgs } = require('node:util');
const { UsageError } = require('./usage-error.js');

/**
 * @typedef {Readonly<Record<string, any>>} Values what `parseArgs` makes of the flags
 */

/**
 * @param {readonly string[]} args
 * @param {readonly [string, import('./flags.js').Flag][]} flags
 * @returns {{ values: any, positionals: string[] }}
 */
function parseFlags(args, flags) {
  const options = flags.map(([name, { short, value, multiple = false }]) => {
    const type = /** @type {'string' | 'boolean'} */ (value === undefined ? 'boolean' : 'string');
    return [name, short === undefined ? { type, multiple } : { type, multiple, short }];
  });
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(options),
      allowPositionals: true,
    });
  } catch (error) {
    // Its messages name flags, never their values.
    throw new UsageError(error.message);
  }
}

/**
 * @param {Values} values
 * @param {string} one
 * @param {string} other
 */
function exclude(values, one, other) {
  if (values[one] !== undefined && values[other] !== undefined) {
    throw new UsageError(`--${one} and --${other} exclude each other`);
  }
}

/**
 * @param {string} line
 * @param {number} position
 * @returns {[string, string]}
 */
function header(line, position) {
  const colon = line.indexOf(':');
  if (colon > 0) return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  throw new UsageError(`--header number ${position + 1} must be written 'Name: value'`);
}

/**
 * @param {Values} values
 * @param {string} name
 * @param {number} least
 * @returns {number | undefined}
 */
function whole(values, name, least) {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(
    `--${name} must be a whole number from ${least} up, got ${JSON.stringify(text)}`,
  );
}

/**
 * @param {Values} values
 * @param {string} name
 * @returns {number | null | undefined} `null`, for none, is written 0
 */
function milliseconds(values, name) {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^(\d{1,9}(\.\d*)?|\.\d+)$/.test(text)) return Number(text) * 1000 || null;
  throw new UsageError(`--${name} must be a number of seconds, got ${JSON.stringify(text)}`);
}

module.exports = { exclude, header, milliseconds, parseFlags, whole };
