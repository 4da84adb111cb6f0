'use strict';

/** After so many attempts that never connected, the program is told, unless it listens. */
const ATTEMPTS = 3;

/** How many servers a process is told of at the most. */
const MOST_SERVERS = 100;

/** What has been told: of each thing once in a process. */
/** @type {Set<string>} */
const told = new Set();

/** @type {Set<string>} */
const servers = new Set();

/**
 * Names that other emitters have, and what streams call the same.
 *
 * @typedef {Readonly<Record<string, string>>} OtherNames
 */

/** @type {OtherNames} */
const OF_EVENTS = Object.freeze({
  message: '"event" for all of them, "event:message" for those without a name',
  data: '"event"',
  text: '"event"',
  connect: '"open"',
  connected: '"open"',
  end: '"close"',
  finish: '"close"',
  done: '"close"',
  abort: '"close"',
  reconnect: '"retry"',
  reconnecting: '"retry"',
});

/** @type {OtherNames} */
const OF_ANSWERS = Object.freeze({
  message: '"content" for its text, "done" for the whole',
  event: '"data" for what the provider sent, "delta" for what it means',
  text: '"content"',
  token: '"content"',
  chunk: '"delta" or "content"',
  connect: '"connected"',
  end: '"done", or "close" however it ends',
  finish: '"done", or "close" however it ends',
  abort: '"close"',
  reconnect: '"retry"',
  reconnecting: '"retry"',
});

/**
 * A listener for an event that never comes is a mistake that shows nowhere else.
 *
 * @param {string} kind of stream
 * @param {OtherNames} names
 * @param {string | symbol} name
 */
function warnOfName(kind, names, name) {
  if (typeof name !== 'string' || !Object.hasOwn(names, name)) return;
  const key = `${kind} ${name}`;
  if (told.has(key)) return;
  told.add(key);
  process.emitWarning(
    `${kind} has no event "${name}"; listen for ${names[name]}`,
    'UnknownEventWarning',
    'SSE_WARN_EVENT_NAME',
  );
}

/**
 * A stream that has never connected may try for ever, and the program that waits for its first event
 * would be told nothing.
 *
 * @param {string} url
 * @param {import('../core/stream-kind.js').Retry} retry of a stream that has not been open
 */
function warnOfServer(url, { attempt, error }) {
  if (attempt !== ATTEMPTS || error === null) return;
  const asked = error.url ?? url;
  const { host } = URL.canParse(asked) ? new URL(asked) : { host: 'the server' };
  if (servers.has(host) || servers.size === MOST_SERVERS) return;
  servers.add(host);
  process.emitWarning(
    `no stream from ${host} after ${ATTEMPTS} attempts (${error.code}); it is tried again: ` +
      'listen for "retry" to see why, or bound it with retry.attempts',
    'UnconnectedStreamWarning',
    'SSE_WARN_UNCONNECTED',
  );
}

/** @param {import('../../index.js').SSEError} error that ended a stream */
function warnUnwatched({ code, message }) {
  process.emitWarning(`${code}: ${message}`, {
    type: 'UnwatchedStreamWarning',
    detail: 'A stream failed, and nothing listens for "error" or "close", iterates or awaits it.',
  });
}

/**
 * What is kept in the memory of one process is not there in others: requests that a balancer spreads would hear
 * different things.
 */
function warnOfCluster() {
  // Only a process that was forked can be one, and the module takes longer to load than a hub to make.
  if (process.send === undefined || told.has('cluster')) return;
  const cluster = /** @type {any} */ (require('node:cluster'));
  if (!cluster.isWorker) return;
  told.add('cluster');
  process.emitWarning(
    'memoryLog() keeps what it has in this process: the hubs and relays of other workers of the cluster know ' +
      'nothing of it; send requests of one client to one worker, or run one process',
    'ClusterMemoryWarning',
    'SSE_WARN_CLUSTER',
  );
}

/** @param {import('../../index.js').SSEError} error of a function that a hub calls */
function warnOfHub({ code, message }) {
  process.emitWarning(`${code}: ${message}`, {
    type: 'UnwatchedHubWarning',
    detail: 'A function that a hub calls failed. Listen for "error" of the hub to see why.',
  });
}

module.exports = {
  OF_ANSWERS,
  OF_EVENTS,
  warnOfName,
  warnOfCluster,
  warnOfHub,
  warnOfServer,
  warnUnwatched,
};
