'use strict';

const { createPool, EventStreamDecoder } = require('../../../index.js');
const browser = require('../../../lib/browser/index.js');
const { withPerennial } = require('../../../lib/adapters/next.js');
const { outcome } = require('../answers.js');
const { open, serve } = require('../client.js');
const { askPool, startPool } = require('../provider-pool.js');
const { NAMED, streamError, thrown } = require('./provoke.js');

const KEYS = ['sk-a-0123456789', 'sk-b-0123456789'];

/** An answer of a pool of one endpoint with two keys, all of which are refused like this. */
const pooled = (title, status, { headers, ...options } = {}) => ({
  title,
  async provoke(t) {
    const endpoint = { apiKey: KEYS };
    const { pool, providers } = await startPool(t, {
      main: { faults: () => ({ status, headers }), endpoint },
    });
    const once = () => outcome(askPool(t, pool, { retry: false }).text());
    while (providers.main.requests.length < KEYS.length) await once();
    return (await outcome(askPool(t, pool, { ...NAMED, ...options }).text())).error;
  },
});

/** An error that a response tells its client as JSON. */
const responded = (title, signal) => ({
  title,
  async provoke(t) {
    const server = await serve(t, (exchange) => exchange.stall());
    const stream = open(t, server.url, { signal: signal() });
    const { error } = await (await stream.toResponse()).json();
    return { name: 'Response', ...error };
  },
});

/** What can go wrong without a network, or because of one's own doing. */
module.exports = [
  pooled('every key was refused', 401),
  pooled('every key is cooling', 429, { headers: { 'retry-after': '500' }, deadline: 300 }),
  {
    title: 'a pool without an endpoint',
    provoke: (t) => streamError(t, 'v1/events', { pool: createPool([]) }),
  },
  {
    title: 'an answer of a pool without an endpoint',
    provoke: async (t) => (await outcome(askPool(t, createPool([]), NAMED).text())).error,
  },
  {
    title: 'a second iterator',
    async provoke(t) {
      const server = await serve(t, (exchange) => exchange.stall());
      const stream = open(t, server.url);
      stream[Symbol.asyncIterator]();
      return thrown(() => stream.toReadableStream());
    },
  },
  {
    title: 'a stream that was closed before it opened',
    async provoke(t) {
      const server = await serve(t, (exchange) => exchange.stall());
      const stream = open(t, server.url);
      const { opened } = stream;
      stream.close();
      return (await outcome(opened)).error;
    },
  },
  responded('a response to a request that was aborted', () => AbortSignal.abort(new Error('x'))),
  responded('a response to a request that was too late', () => AbortSignal.timeout(1)),
  {
    title: 'bytes for a decoder that has ended',
    provoke() {
      const decoder = new EventStreamDecoder({ onEvent() {} });
      decoder.end();
      return thrown(() => decoder.feed(Buffer.from('data: x\n\n')));
    },
  },
  {
    title: 'an event that is too large for a decoder',
    provoke() {
      const decoder = new EventStreamDecoder({ onEvent() {}, maxEventSize: 5 });
      return thrown(() => decoder.feed(Buffer.from('data: too large\n\n')));
    },
  },
  ...['chat', 'createPool', 'createHub', 'redisLog'].map((name) => ({
    title: `${name}() in a browser`,
    provoke: () => thrown(() => browser[name]('http://example.com')),
  })),
  {
    title: 'EventSource in a browser',
    provoke: () => thrown(() => new browser.EventSource('http://example.com')),
  },
  {
    title: 'encodeEvent() in a browser, with a line break in a name',
    provoke: () => thrown(() => browser.encodeEvent({ data: 'x', event: 'a\nb' })),
  },
  {
    title: 'withPerennial() of text',
    provoke: () => thrown(() => withPerennial('x')),
  },
  {
    title: 'withPerennial() with a list that is none',
    provoke: () => thrown(() => withPerennial({ serverExternalPackages: 'x' })),
  },
];
