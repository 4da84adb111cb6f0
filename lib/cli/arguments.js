'use strict';

const { parseArgs } = require('node:util');
const { ALL_FLAGS } = require('./flags.js');
const { parsePath } = require('./json-path.js');
const { UsageError } = require('./usage-error.js');

const OUTPUTS = ['text', 'ndjson', 'raw'];

const URL_START = /^https?:\/\//i;

/**
 * @typedef {object} Values what `parseArgs` makes of the flags
 * @property {string} [request]
 * @property {string[]} [header]
 * @property {string} [data]
 * @property {string} [json-body]
 * @property {string} [last-event-id]
 * @property {string[]} [accept]
 * @property {string} [output]
 * @property {string[]} [event]
 * @property {string} [json]
 * @property {boolean} [join]
 * @property {boolean} [quiet]
 * @property {boolean} [verbose]
 * @property {string[]} [terminal]
 * @property {string} [max-events]
 * @property {string} [timeout]
 * @property {string} [connect-timeout]
 * @property {string} [idle-timeout]
 * @property {string} [retries]
 * @property {boolean} [no-retry]
 * @property {string} [cacert]
 * @property {string} [cert]
 * @property {string} [key]
 * @property {boolean} [insecure]
 * @property {boolean} [help]
 * @property {boolean} [version]
 *
 * @typedef {object} Wish what the command line asks for
 * @property {string} url
 * @property {string | undefined} method
 * @property {[name: string, value: string][]} headers
 * @property {{ source: string, json: boolean } | undefined} body
 * @property {string | undefined} lastEventId
 * @property {string[]} accept
 * @property {string[]} terminal
 * @property {number | undefined} retries
 * @property {Record<'total' | 'connect' | 'idle', number | null | undefined>} timeouts milliseconds
 * @property {Record<'ca' | 'cert' | 'key', string | undefined>} pemFiles
 * @property {boolean} insecure
 * @property {string} output
 * @property {string[]} names the events wanted; none for all
 * @property {readonly string[] | undefined} path
 * @property {boolean} join
 * @property {number} maxEvents
 * @property {'quiet' | 'normal' | 'verbose'} level
 */

/**
 * @param {readonly string[]} args
 * @returns {'help' | 'version' | Wish}
 */
function parseArguments(args) {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  if (values.version) return 'version';
  exclude(values, 'data', 'json-body');
  exclude(values, 'retries', 'no-retry');
  exclude(values, 'quiet', 'verbose');
  const path = values.json === undefined ? undefined : parsePath(values.json);
  if (values.join && path === undefined) throw new UsageError('--join needs --json');
  const output = values.output ?? 'text';
  if (!OUTPUTS.includes(output)) {
    throw new UsageError(`--output must be text, ndjson or raw, got ${JSON.stringify(output)}`);
  }
  if (output === 'raw' && path) throw new UsageError('--json and --output raw exclude each other');
  return {
    url: address(positionals),
    method: values.request,
    headers: (values.header ?? []).map(header),
    body: body(values),
    lastEventId: values['last-event-id'],
    accept: values.accept ?? [],
    terminal: values.terminal ?? [],
    retries: values['no-retry'] ? 0 : whole(values, 'retries', 0),
    timeouts: {
      total: milliseconds(values, 'timeout'),
      connect: milliseconds(values, 'connect-timeout'),
      idle: milliseconds(values, 'idle-timeout'),
    },
    pemFiles: { ca: values.cacert, cert: values.cert, key: values.key },
    insecure: values.insecure ?? false,
    output,
    names: values.event ?? [],
    path,
    join: values.join ?? false,
    maxEvents: whole(values, 'max-events', 1) ?? Number.POSITIVE_INFINITY,
    level: values.quiet ? 'quiet' : values.verbose ? 'verbose' : 'normal',
  };
}

/**
 * @param {readonly string[]} args
 * @returns {{ values: Values, positionals: string[] }}
 */
function parse(args) {
  const options = ALL_FLAGS.map(([name, { short, value, multiple = false }]) => {
    const type = /** @type {'string' | 'boolean'} */ (value === undefined ? 'boolean' : 'string');
    return [name, short === undefined ? { type, multiple } : { type, multiple, short }];
  });
  try {
    return /** @type {any} */ (
      parseArgs({
        args: args.map(givePath),
        options: Object.fromEntries(options),
        allowPositionals: true,
      })
    );
  } catch (error) {
    // Its messages name flags, never their values.
    throw new UsageError(error.message);
  }
}

/**
 * `--json` may do without a path, which `parseArgs` has no word for.
 *
 * @param {string} arg
 * @param {number} position
 * @param {readonly string[]} args
 */
function givePath(arg, position, args) {
  if (arg !== '--json') return arg;
  const next = args[position + 1];
  return next === undefined || next.startsWith('-') || URL_START.test(next) ? '--json=.' : arg;
}

/**
 * @param {Values} values
 * @param {keyof Values} one
 * @param {keyof Values} other
 */
function exclude(values, one, other) {
  if (values[one] !== undefined && values[other] !== undefined) {
    throw new UsageError(`--${one} and --${other} exclude each other`);
  }
}

/** @param {readonly string[]} words */
function address(words) {
  const [word, ...others] = words;
  if (word === undefined) throw new UsageError('a URL is missing');
  if (others.length > 0) throw new UsageError(`one URL is enough, got ${words.length} words`);
  if (URL_START.test(word)) return word;
  // What stands before an @ or behind a ? may be a secret.
  const shown = /[@?]/.test(word) ? 'the address' : JSON.stringify(word);
  throw new UsageError(`${shown} is no URL: it must begin with http:// or https://`);
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

/** @param {Values} values */
function body({ data, 'json-body': json }) {
  if (json !== undefined) return { source: json, json: true };
  return data === undefined ? undefined : { source: data, json: false };
}

/**
 * @param {Values} values
 * @param {'retries' | 'max-events'} name
 * @param {number} least
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
 * @param {'timeout' | 'connect-timeout' | 'idle-timeout'} name
 * @returns {number | null | undefined} `null`, for none, is written 0
 */
function milliseconds(values, name) {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^(\d{1,9}(\.\d*)?|\.\d+)$/.test(text)) return Number(text) * 1000 || null;
  throw new UsageError(`--${name} must be a number of seconds, got ${JSON.stringify(text)}`);
}

module.exports = { parseArguments };
