'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { SSEError, SSEOptionError } = require('../../index.js');
const { assertNoSecret } = require('./secrets.js');

const pem = (name) => readFileSync(path.join(__dirname, 'tls', `${name}.pem`), 'utf8');

/** Stands for whatever a message must not repeat. */
const SECRET = 's3cret';

/** Asserts a throw that names the option, says what it got, and shows no secret. */
function refused(call, name, got, what = name) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof SSEOptionError, `${what}: ${error}`);
    assert.ok(error instanceof SSEError && error instanceof TypeError, what);
    assert.equal(error.code, 'ERR_SSE_OPTION', what);
    assert.ok(error.message.includes(name), `${what} is not in "${error.message}"`);
    if (got !== undefined) {
      assert.ok(error.message.endsWith(`got ${got}`), `${what}: "${error.message}"`);
    }
    assertNoSecret(error, [SECRET], what);
    return true;
  });
}

/** As a message shows a value; contents that may be long or secret are told by their kind. */
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (['bigint', 'function', 'symbol'].includes(typeof value)) return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/** The options of a path such as `retry.jitter.ratio` set to a value. */
const nested = (name, value) =>
  name.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);

const NO_NUMBERS = ['5', true, {}, [], Number.NaN, Number.POSITIVE_INFINITY, 5n];
const NO_DELAYS = [...NO_NUMBERS, -1, -0.5];
const NO_TIMES = [...NO_DELAYS, 0];
const NO_COUNTS = [...NO_DELAYS, 1.5];
const NO_SIZES = [...NO_COUNTS, 0];
const NO_FLAGS = ['true', 0, 1, null, {}];
const NO_GROUPS = ['x', 5, true, null, []];
const NO_LISTS = ['x', 5, null, {}];

/** Every option of the contract, and values that are none of it. */
const WRONG = {
  method: [5, null, {}, '', 'GE T', 'GET\r\nx: y', 'CONNECT', 'trace', 'é'],
  lastEventId: [5, {}, true, []],
  signal: [5, 'x', true, {}, new AbortController(), () => {}],
  retry: ['x', 5, true, null, []],
  'retry.attempts': [...NO_COUNTS, 2 ** 32],
  'retry.baseDelay': [...NO_DELAYS, null],
  'retry.factor': [...NO_NUMBERS, 0.5, 0, -1, null],
  'retry.maxDelay': [...NO_DELAYS, null],
  'retry.minDelay': [...NO_DELAYS, null],
  'retry.jitter': [
    'some',
    5,
    true,
    null,
    [],
    {},
    { ratio: 0.1, add: 1 },
    { add: 1, addRatio: 0.1 },
  ],
  'retry.jitter.ratio': [...NO_NUMBERS, -0.1, 1.1, null],
  'retry.jitter.add': [...NO_DELAYS, null],
  'retry.jitter.addRatio': [...NO_NUMBERS, -0.1, 1.1, null],
  'retry.elapsed': NO_TIMES,
  'retry.resetAfter': [...NO_DELAYS, null],
  'retry.recoverAfter': NO_TIMES,
  'retry.statuses': NO_LISTS,
  'retry.unsafe': NO_FLAGS,
  retryRange: NO_GROUPS,
  'retryRange.min': [...NO_DELAYS, null],
  'retryRange.max': [...NO_DELAYS, null],
  shouldRetry: ['x', 5, true, null, {}],
  timeouts: NO_GROUPS,
  'timeouts.connect': NO_TIMES,
  'timeouts.headers': NO_TIMES,
  'timeouts.idle': NO_TIMES,
  'timeouts.event': ['x', 5, true, []],
  'timeouts.event.ms': [...NO_TIMES, undefined],
  'timeouts.total': NO_TIMES,
  terminal: [5, true],
  'terminal.event': [5, null, {}],
  'terminal.data': [5, null, {}],
  accept: NO_LISTS,
  dedupe: NO_FLAGS,
  incomplete: ['drop', true, 5, null],
  maxEventSize: NO_SIZES,
  mailbox: NO_GROUPS,
  'mailbox.events': [...NO_SIZES, null],
  'mailbox.bytes': [...NO_SIZES, null],
  maxRedirects: [...NO_COUNTS, 101, null],
  tls: NO_GROUPS,
  proxy: [5, true, null, {}, []],
  http2: NO_FLAGS,
  pool: [5, 'x', true, null, {}, []],
  affinity: [5, true, null, {}, []],
  'tls.rejectUnauthorized': NO_FLAGS,
};

/** Where a message names more than the option, or has no one value to show. */
const SPECIAL = [
  [{ retry: { statuses: [200, '503'] } }, 'retry.statuses[1]', '"503"'],
  [{ retry: { statuses: [99] } }, 'retry.statuses[0]', '99'],
  [{ retry: { statuses: [600] } }, 'retry.statuses[0]', '600'],
  [{ retry: { statuses: [500.5] } }, 'retry.statuses[0]', '500.5'],
  [{ retry: { minDelay: 20, maxDelay: 10 } }, 'retry.minDelay', '20'],
  [{ retryRange: { min: 20, max: 10 } }, 'retryRange.min', '20'],
  [{ timeouts: { event: { ms: 5, ignore: 'ping' } } }, 'timeouts.event.ignore', '"ping"'],
  [{ timeouts: { event: { ms: 5, ignore: ['ping', 5] } } }, 'timeouts.event.ignore[1]', '5'],
  [{ terminal: [] }, 'terminal'],
  [{ terminal: {} }, 'terminal'],
  [{ terminal: ['x', 5] }, 'terminal[1]', '5'],
  [{ terminal: ['x', { data: 5 }] }, 'terminal[1].data', '5'],
  [{ accept: ['text/event-stream', 5] }, 'accept[1]', '5'],
  [{ accept: ['text/*'] }, 'accept[0]', '"text/*"'],
  [{ accept: ['text/plain', '*/*'] }, 'accept[1]', '"*/*"'],
  [{ accept: ['text/plain', ' '] }, 'accept[1]', '" "'],
  [{ accept: ['text/plain\n'.concat('x')] }, 'accept[0]'],
  [{ body: 'x', method: 'GET' }, 'body'],
  [{ body: () => 'x', method: 'head' }, 'body'],
  [{ body: 5 }, 'body'],
  [{ body: true }, 'body'],
  [{ body: Symbol('x') }, 'body'],
  [{ body: new Map([[SECRET, SECRET]]) }, 'body'],
  [{ body: { big: 5n } }, 'body'],
  [{ lastEventId: `${SECRET}\n` }, 'lastEventId'],
  [{ lastEventId: `${SECRET}\r` }, 'lastEventId'],
  [{ lastEventId: `${SECRET}\0` }, 'lastEventId'],
  [{ headers: { 'Last-Event-ID': '1\0' } }, 'last-event-id'],
  [{ headers: SECRET }, 'headers'],
  [{ headers: 5 }, 'headers'],
  [{ headers: [['a', 'b', 'c']] }, 'headers'],
  [{ headers: ['ab'] }, 'headers'],
  [{ headers: { 'x-a': SECRET, [`authorization: Bearer ${SECRET}`]: '' } }, 'position 2'],
  [{ headers: { '': SECRET } }, 'headers'],
  [{ headers: { 'x\r\ny': SECRET } }, 'headers'],
  [{ headers: { naïve: SECRET } }, 'headers'],
  [{ headers: { 'X-Key': `${SECRET}\r\nx-more: 1` } }, 'x-key'],
  [{ headers: { 'X-Key': `${SECRET}\n` } }, 'x-key'],
  [{ headers: { 'X-Key': `${SECRET}\0` } }, 'x-key'],
  [{ headers: { 'X-Key': ['fine', `${SECRET}\x7f`] } }, 'x-key'],
  [{ headers: { 'X-Key': null } }, 'x-key'],
  [{ headers: { 'X-Key': { [SECRET]: SECRET } } }, 'x-key'],
  ...['Host', 'content-length', 'Transfer-Encoding', 'connection', 'upgrade', 'TE'].map((name) => {
    return [{ headers: { [name]: SECRET } }, name.toLowerCase()];
  }),
  [{ proxy: `${SECRET}` }, 'proxy'],
  [{ proxy: `ftp://user:${SECRET}@example.com` }, 'proxy'],
  [{ proxy: `http://user:${SECRET}@` }, 'proxy'],
  [{ proxy: 'http://proxy.test', http2: true }, 'http2'],
  [{ tls: { ca: SECRET } }, 'tls.ca'],
  [{ tls: { ca: [] } }, 'tls.ca'],
  [{ tls: { ca: 5 } }, 'tls.ca'],
  [{ tls: { ca: `-----BEGIN CERTIFICATE-----\n${SECRET}*\n-----END CERTIFICATE-----` } }, 'tls.ca'],
  [{ tls: { ca: pem('ca-key') } }, 'tls.ca'],
  [{ tls: { cert: pem('client') } }, 'tls.key'],
  [{ tls: { key: pem('client-key') } }, 'tls.cert'],
  [{ tls: { cert: pem('client'), key: SECRET } }, 'tls.key'],
  [{ tls: { cert: pem('client'), key: pem('ca-key') } }, 'tls.key'],
  [{ tls: { cert: pem('client'), key: pem('client') } }, 'tls.key'],
  [
    {
      tls: {
        cert: pem('client'),
        key: `-----BEGIN PRIVATE KEY-----\n${SECRET}*\n-----END PRIVATE KEY-----`,
      },
    },
    'tls.key',
  ],
];

/** Names nobody knows, at every level. */
const UNKNOWN = [
  ...['retires', 'withCredentials', 'agent', 'retry.retries', 'retry.jitter.percent'],
  ...['retryRange.minimum', 'timeouts.read', 'timeouts.event.names', 'terminal.id'],
  ...['mailbox.size', 'tls.passphrase'],
];

module.exports = {
  NO_COUNTS,
  NO_DELAYS,
  NO_FLAGS,
  NO_GROUPS,
  NO_LISTS,
  NO_NUMBERS,
  NO_SIZES,
  NO_TIMES,
  SECRET,
  SPECIAL,
  UNKNOWN,
  WRONG,
  nested,
  refused,
  shown,
};
