'use strict';

const { inspect } = require('node:util');
const perennial = require('../../../index.js');
const chatTable = require('../wrong-chat-options.js');
const poolTable = require('../wrong-pool-options.js');
const table = require('../wrong-options.js');
const { thrown } = require('./provoke.js');

const { chat, connect, createPool, encodeEvent } = perennial;
const { EventStreamDecoder, EventStreamDecoderStream } = perennial;
const { nested } = table;

const TARGET = 'http://example.com/';

/** A value as a title shows it: what is neither plain nor short by its kind. */
function brief(value) {
  if (typeof value === 'string') return value.replace(/-----BEGIN ([A-Z ]+)-----[\s\S]*/, '<$1>');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(brief);
  const { constructor: Class } = value;
  if (Class !== Object) return { [inspect.custom]: () => `<${Class.name}>` };
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, brief(member)]));
}

const shown = (...values) =>
  values
    .map((value) => inspect(brief(value), { depth: 5, breakLength: Number.POSITIVE_INFINITY }))
    .join(', ');

/** A case of a call that is refused at once. */
const call = (name, work, ...values) => ({
  title: `${name}(${shown(...values)})`,
  provoke: () => thrown(() => work(...values)),
});

const connected = (options) => call('connect', (given) => connect(TARGET, given), options);
const chatted = (more) => call('chat', (given) => chat({ ...chatTable.ASKED, ...given }), more);
const endpoint = (more) =>
  call('endpoint', (given) => createPool([{ ...poolTable.ENDPOINT, ...given }]), more);
const pool = (options) =>
  call('createPool', (given) => createPool([poolTable.ENDPOINT], given), options);

/** A case for every wrong value of every option. */
const each = (values, make) =>
  Object.entries(values).flatMap(([name, wrong]) => wrong.map((value) => make(name, value)));

const named = (name, value) => {
  if (!name.startsWith('prefill.')) return nested(name, value);
  return { prefill: { style: 'kimi', ...nested(name, value).prefill } };
};

const onEvent = () => {};
const decoder = (options) =>
  call('new EventStreamDecoder', (o) => new EventStreamDecoder(o), options);
const decoding = (options) =>
  call('new EventStreamDecoderStream', (o) => new EventStreamDecoderStream(o), options);
const encoded = (event) => call('encodeEvent', encodeEvent, event);

const methods = () => {
  const made = createPool([{ ...poolTable.ENDPOINT, name: 'a' }]);
  const on = (name, ...args) => call(`pool.${name}`, (...given) => made[name](...given), ...args);
  return [
    on('add', undefined),
    on('add', { ...poolTable.ENDPOINT, name: 'a' }),
    on('add', { ...poolTable.ENDPOINT, name: 'c', headers: { authorization: 'x' } }),
    on('add', { ...poolTable.ENDPOINT, name: 'c', headers: { 'x-request-id': 'x' } }),
    on('remove', 5),
    on('addKey', 5, 'x'),
    on('addKey', 'a', 5),
    on('addKey', 'b', 'x'),
    on('rotateKey', 'a', 'nothing', 'x'),
    on('revive', 'b'),
    ...each(poolTable.WRONG_CHANGES, (name, value) => on('update', 'a', { [name]: value })),
    on('update', 'a', undefined),
    on('update', 'a', { priority: 1 }),
    on('update', 'b', { weight: 1 }),
  ];
};

/** What arguments are refused with. */
module.exports = [
  ...[undefined, 5, '', '/events', 'http://', 'ftp://example.com/'].map((url) =>
    call('connect', connect, url),
  ),
  ...['x', null, []].map(connected),
  ...each(table.WRONG, (name, value) => connected(nested(name, value))),
  ...table.SPECIAL.map(([options]) => connected(options)),
  ...table.UNKNOWN.map((name) => connected(nested(name, 1))),
  ...['x', 5, null].map((options) => call('chat', chat, options)),
  ...each(chatTable.WRONG, (name, value) => chatted(named(name, value))),
  ...chatTable.SPECIAL.map(([more]) => chatted(more)),
  ...chatTable.UNKNOWN.map((name) => chatted(nested(name, 1))),
  ...chatTable.CONTRADICTIONS.map(([more]) => chatted(typeof more === 'function' ? more() : more)),
  ...['nobody', 5, null].map((provider) => chatted({ provider })),
  ...each(poolTable.WRONG_MEMBERS, (name, value) => endpoint({ [name]: value })),
  ...poolTable.SPECIAL.map(([more]) => endpoint(more)),
  ...each(poolTable.WRONG_OPTIONS, (name, value) => pool(nested(name, value))),
  pool({ breaker: { openFor: 9, maxOpenFor: 8 } }),
  pool({ retries: 1 }),
  ...[undefined, 'x', [undefined], [poolTable.ENDPOINT, poolTable.ENDPOINT]].map((endpoints) =>
    call('createPool', createPool, endpoints),
  ),
  ...methods(),
  ...[undefined, 5, 'https://example.com/', '../admin', 'a\r\nb'].map((url) =>
    call('with a pool: connect', (given) => connect(given, { pool: createPool([]) }), url),
  ),
  ...[null, {}, { onEvent, onRetry: 5 }, { onEvent, maxEventSize: 0 }, { onEvent, onend: 1 }].map(
    decoder,
  ),
  ...[{ onComment: 5 }, { onEvent }, { maxEventSize: 1.5 }].map(decoding),
  call('decoder.feed', (bytes) => new EventStreamDecoder({ onEvent }).feed(bytes), 'data: x'),
  ...[undefined, 'x', { data: 5 }, { retry: -1 }, { data: 'x', event: 'a\nb' }].map(encoded),
  encoded({ data: 'x', id: 'a\0' }),
];
