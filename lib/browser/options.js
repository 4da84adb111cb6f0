'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('../options/checks.js');
const { namedRetry } = require('../options/retry-presets.js');
const {
  MAX_ID,
  isSendable,
  normalizeBody,
  normalizeHeaders,
  normalizeUrl,
} = require('./request.js');

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const MIB = 1024 * 1024;
const MAX_COUNT = 0xffff_ffff;

/** Where a method other than GET and HEAD differs, as in lib/options/defaults.js. */
const SAFE = {
  attempts: /** @type {number | null} */ (null),
  statuses: [408, 409, 425, 429, 500, 502, 503, 504],
  headers: 30 * SECOND,
  retryAfterCap: HOUR,
};
const UNSAFE = {
  attempts: 2,
  statuses: [408, 425, 429],
  // A gateway answers so when it has passed the request on.
  unsafeStatuses: [500, 502, 503, 504],
  headers: 300 * SECOND,
  retryAfterCap: 60 * SECOND,
};

const OPTIONS = [
  ...['accept', 'body', 'credentials', 'dedupe', 'headers', 'incomplete', 'lastEventId', 'mailbox'],
  ...['maxEventSize', 'method', 'pauseWhenHidden', 'resume', 'retry', 'retryRange', 'share'],
  ...['shouldRetry', 'signal', 'terminal', 'timeouts'],
];
/** What the network of a browser decides by itself. */
const OF_NODE = ['affinity', 'http2', 'maxRedirects', 'pool', 'proxy', 'tls'];
const RETRY = [
  ...['attempts', 'baseDelay', 'elapsed', 'factor', 'jitter', 'maxDelay', 'minDelay'],
  ...['recoverAfter', 'resetAfter', 'statuses', 'unsafe'],
];
const JITTERS = ['none', 'full', 'equal', 'decorrelated'];

/** @param {string} option */
const impossible = (option) =>
  new SSEOptionError(
    `${option} cannot be set in a browser, which decides that itself; leave it out`,
  );

/**
 * @param {unknown} value
 * @param {string} name
 * @param {any} usual
 * @param {typeof check.milliseconds | typeof check.deadline} read
 * @returns {any}
 */
const time = (value, name, usual, read = check.milliseconds) =>
  value === undefined ? usual : read(value, name);

/** @param {unknown} value */
function jitterOf(value) {
  if (JITTERS.includes(/** @type {string} */ (value))) return { kind: String(value) };
  const expected = `one of "${JITTERS.join('", "')}", or { ratio }, { add } or { addRatio }`;
  const entries = typeof value === 'object' ? Object.entries(value ?? {}) : [];
  const [[kind, amount]] = entries.length === 1 ? entries : [['']];
  if (kind === 'add') return { kind, value: check.milliseconds(amount, 'retry.jitter.add') };
  if (kind !== 'ratio' && kind !== 'addRatio') throw check.wrong('retry.jitter', expected, value);
  const share = check.number(amount, `retry.jitter.${kind}`, { least: 0, most: 1 });
  return { kind: kind.toLowerCase(), value: share };
}

/**
 * @param {any} given
 * @param {typeof SAFE | typeof UNSAFE} usual
 * @returns {import('./reconnect/next-step.js').Policy}
 */
function policyOf(given, usual) {
  const never = given === false;
  const retry = check.group(
    never ? { attempts: 0, statuses: [] } : namedRetry(given),
    'retry',
    RETRY,
  );
  const base = time(retry.baseDelay, 'retry.baseDelay', SECOND);
  const max = time(retry.maxDelay, 'retry.maxDelay', 30 * SECOND);
  // A page that is told `retry: 0` must not spin: the floor is lower only where the caller wants it.
  const floor = Math.min(SECOND, base, max);
  const min = time(retry.minDelay, 'retry.minDelay', floor);
  if (min > max) {
    throw new SSEOptionError(`retry.minDelay must be at most retry.maxDelay (${max}), got ${min}`);
  }
  const { attempts = usual.attempts, factor = 2, jitter = 'equal', unsafe = false } = retry;
  const statuses = [...usual.statuses];
  if (check.flag(unsafe, 'retry.unsafe') && 'unsafeStatuses' in usual) {
    statuses.push(...usual.unsafeStatuses);
  }
  const count = { least: 0, most: MAX_COUNT, nullable: true };
  return {
    attempts: attempts === null ? null : check.whole(attempts, 'retry.attempts', count),
    elapsed: time(retry.elapsed, 'retry.elapsed', null, check.deadline),
    resetAfter: time(retry.resetAfter, 'retry.resetAfter', 60 * SECOND),
    recoverAfter: time(retry.recoverAfter, 'retry.recoverAfter', null, check.deadline),
    statuses: check.list(retry.statuses ?? statuses, 'retry.statuses').map((status, index) => {
      return check.whole(status, `retry.statuses[${index}]`, { least: 100, most: 599 });
    }),
    unsafe,
    retryAfterCap: usual.retryAfterCap,
    backoff: {
      base,
      factor: check.number(factor, 'retry.factor', { least: 1 }),
      min,
      max,
      jitter: jitterOf(jitter),
    },
  };
}

/**
 * @param {any} given
 * @param {number} headers
 */
function timeoutsOf(given, headers) {
  if (given?.connect !== undefined) throw impossible('timeouts.connect');
  const timeouts = check.group(given, 'timeouts', ['headers', 'idle', 'event', 'total']);
  const event = check.group(timeouts.event ?? {}, 'timeouts.event', ['ms', 'ignore']);
  return {
    headers: time(timeouts.headers, 'timeouts.headers', headers, check.deadline),
    idle: time(timeouts.idle, 'timeouts.idle', 300 * SECOND, check.deadline),
    event: time(event.ms, 'timeouts.event.ms', null, check.deadline),
    ignored: check.list(event.ignore ?? [], 'timeouts.event.ignore'),
    total: time(timeouts.total, 'timeouts.total', null, check.deadline),
  };
}

/**
 * Whether an event completes the stream.
 *
 * @param {any} given
 * @returns {((event: import('../../index.js').ServerSentEvent) => unknown) | undefined}
 */
function terminalOf(given) {
  if (given === undefined || given === null || typeof given === 'function')
    return given ?? undefined;
  const patterns = (Array.isArray(given) ? given : [given]).map((pattern, index) => {
    if (typeof pattern === 'string') return { data: pattern };
    const name = Array.isArray(given) ? `terminal[${index}]` : 'terminal';
    if (pattern === null) throw check.wrong(name, 'the data of an event or { event, data }', null);
    const wanted = check.group(pattern, name, ['event', 'data']);
    const parts = Object.entries(wanted).filter(([, value]) => value !== undefined);
    for (const [part, value] of parts) check.text(value, `${name}.${part}`);
    if (parts.length > 0) return Object.fromEntries(parts);
    throw new SSEOptionError(`${name} must have an event, a data or both`);
  });
  if (patterns.length === 0) {
    throw new SSEOptionError('terminal must not be an empty array; leave it out for none');
  }
  return (event) =>
    patterns.some((pattern) =>
      Object.entries(pattern).every(([part, value]) => /** @type {any} */ (event)[part] === value),
    );
}

/** @param {any} value */
function signalOf(value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value.aborted === 'boolean' && value.addEventListener) return value;
  throw check.wrong('signal', 'an AbortSignal', value);
}

/** @param {any} value */
function resumeOf(value = 'header') {
  if (value === 'header') return undefined;
  const { query } = typeof value === 'object' ? check.group(value, 'resume', ['query']) : {};
  if (typeof query === 'string' && query !== '') return query;
  throw check.wrong('resume', "'header' or { query: the name of a parameter }", value);
}

/** Options that another tab cannot be given as functions. */
const SHARED = ['body', 'headers', 'shouldRetry', 'terminal'];

/**
 * @param {unknown} url
 * @param {any} given
 * @param {boolean} safe
 */
function shareOf(url, given, safe) {
  if (!check.flag(given.share ?? false, 'share')) return false;
  const functions = [url, ...SHARED.map((name) => given[name])];
  if (!safe || given.pauseWhenHidden || functions.some((one) => typeof one === 'function')) {
    throw new SSEOptionError(
      'share is for GET, without pauseWhenHidden and without functions: other tabs use the same request',
    );
  }
  return true;
}

/**
 * Checks what `connect` was given, at once and completely. Throws `SSEOptionError`; calls no callback.
 *
 * @param {unknown} url
 * @param {any} options
 */
function normalize(url, options = {}) {
  const foreign = OF_NODE.find((name) => options?.[name] !== undefined);
  if (foreign !== undefined) throw impossible(foreign);
  const given = check.group(options, '', OPTIONS);
  const { accept = [], body, headers, lastEventId = '', mailbox, shouldRetry } = given;
  const fixedBody = typeof body === 'function' ? undefined : normalizeBody(body);
  const hasBody = typeof body === 'function' || fixedBody !== undefined;
  const method = check.text(given.method ?? (hasBody ? 'POST' : 'GET'), 'method').toUpperCase();
  const safe = method === 'GET' || method === 'HEAD';
  if (safe && hasBody) {
    throw new SSEOptionError(`body cannot be sent with ${method}; leave out one of the two`);
  }
  if (shouldRetry !== undefined && typeof shouldRetry !== 'function') {
    throw check.wrong('shouldRetry', 'a function', shouldRetry);
  }
  if (!isSendable(check.text(lastEventId, 'lastEventId'))) {
    throw new SSEOptionError(
      `lastEventId must not hold control characters, nor more than ${MAX_ID} bytes`,
    );
  }
  const { credentials = 'same-origin', incomplete = 'discard', maxEventSize = 64 * MIB } = given;
  check.oneOf(credentials, 'credentials', ['same-origin', 'include', 'omit']);
  check.oneOf(incomplete, 'incomplete', ['discard', 'deliver']);
  const room = check.group(mailbox, 'mailbox', ['events', 'bytes']);
  const range = check.group(given.retryRange, 'retryRange', ['min', 'max']);
  const count = { least: 1, most: MAX_COUNT };
  const usual = safe ? SAFE : UNSAFE;
  return {
    url: typeof url === 'function' ? url : normalizeUrl(url),
    method,
    safe,
    headers: typeof headers === 'function' ? headers : normalizeHeaders(headers),
    body: typeof body === 'function' ? body : fixedBody,
    lastEventId,
    signal: signalOf(given.signal),
    policy: policyOf(given.retry, usual),
    retryMin: time(range.min, 'retryRange.min', SECOND),
    retryMax: time(range.max, 'retryRange.max', HOUR),
    timeouts: timeoutsOf(given.timeouts, usual.headers),
    terminal: terminalOf(given.terminal),
    shouldRetry,
    accept: check.list(accept, 'accept').map((type, index) => {
      return check.text(type, `accept[${index}]`).trim().toLowerCase();
    }),
    dedupe: check.flag(given.dedupe ?? false, 'dedupe'),
    delivers: incomplete === 'deliver',
    maxEventSize:
      maxEventSize === null
        ? 2 ** 29
        : check.whole(maxEventSize, 'maxEventSize', { least: 1, unit: 'bytes' }),
    roomEvents: check.whole(room.events ?? 8192, 'mailbox.events', count),
    roomBytes: check.whole(room.bytes ?? 8 * MIB, 'mailbox.bytes', count),
    resume: resumeOf(given.resume),
    credentials,
    pauseWhenHidden: check.flag(given.pauseWhenHidden ?? false, 'pauseWhenHidden'),
    share: shareOf(url, given, safe),
    given,
  };
}

module.exports = { normalize };
