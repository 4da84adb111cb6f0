'use strict';

const { parseFlags, whole } = require('./flag-values.js');
const { page } = require('./help.js');
const { ALL_SERVE_FLAGS, SERVE_FLAGS } = require('./serve-flags.js');
const { UsageError } = require('./usage-error.js');

const USUAL = Object.freeze({ port: 3000, host: '127.0.0.1', channel: 'lines' });

const MAX_PORT = 65_535;

/**
 * @typedef {object} ServeWish what the command line asks for
 * @property {number} port
 * @property {string} host
 * @property {string} channel
 * @property {string | undefined} redis where the lines are kept, if not here
 * @property {'quiet' | 'normal'} level
 */

const EXAMPLES = `perennial-sse serve: lines of standard input become Server-Sent Events.

Usage: COMMAND | perennial-sse serve [options]

Examples:
  Watch a log in the browser, at http://127.0.0.1:3000/
    tail -f app.log | perennial-sse serve
  The same as a stream, which resumes when its connection is lost
    perennial-sse http://127.0.0.1:3000/events
  The lines of several machines on the page of each
    tail -f app.log | perennial-sse serve --redis redis://10.0.0.5
`;

const NOTES = `The last 1000 lines of a day are kept: new clients get them first, and those that come
back get what they missed; where lines are missing, that is told. The end of standard
input ends nothing: what came can still be read, until Ctrl-C.

With --redis, each instance shows the lines of all that name the same Redis and channel,
from its start on; a client may come back to any of them.

Exit codes:
  1  cannot listen there, or anything else
  2  wrong usage
  130, 143  interrupted by Ctrl-C (SIGINT), by SIGTERM
`;

/** The whole help of `serve`. */
const serveHelp = () => page(EXAMPLES, /** @type {any} */ (SERVE_FLAGS), NOTES);

/**
 * @param {readonly string[]} args
 * @returns {'help' | 'version' | ServeWish}
 */
function parseServe(args) {
  const { values, positionals } = parseFlags(args, ALL_SERVE_FLAGS);
  if (values.help) return 'help';
  if (values.version) return 'version';
  if (positionals.length > 0) {
    throw new UsageError('serve takes no words: what it serves comes from standard input');
  }
  const port = whole(values, 'port', 0) ?? USUAL.port;
  if (port > MAX_PORT) throw new UsageError(`--port must be at most ${MAX_PORT}, got "${port}"`);
  return {
    port,
    host: values.host ?? USUAL.host,
    channel: values.channel ?? USUAL.channel,
    redis: values.redis,
    level: values.quiet ? 'quiet' : 'normal',
  };
}

module.exports = { parseServe, serveHelp };
