'use strict';

const { exclude, header, milliseconds, parseFlags, whole } = require('./flag-values.js');
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
  /** @type {{ values: Values, positionals: string[] }} */
  const { values, positionals } = parseFlags(args.map(givePath), ALL_FLAGS);
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

/** @param {Values} values */
function body({ data, 'json-body': json }) {
  if (json !== undefined) return { source: json, json: true };
  return data === undefined ? undefined : { source: data, json: false };
}

module.exports = { parseArguments };
