'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventStreamDecoderStream, memoryLog } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { freshHub } = require('./support/hub.js');

const URL_OF_ROUTE = 'http://app/events';
const ask = (init) => new Request(URL_OF_ROUTE, init);

/** A response with its client, and a reader of its events. */
async function open(t, hub, { request = ask(), ...options } = {}) {
  const clients = [];
  const response = await hub.response(request, {
    ...options,
    onClient: (client) => clients.push(client),
  });
  const [client] = clients;
  const reader = response.body.pipeThrough(new EventStreamDecoderStream()).getReader();
  t.after(() => reader.cancel().catch(() => {}));
  const next = async () => (await within(reader.read(), PATIENCE_MS, 'an event')).value;
  return { response, client, reader, next };
}

test('events come as they are read, each once', async (t) => {
  const hub = freshHub();
  const { response, client, next } = await open(t, hub, {
    channels: ['news'],
    data: { of: 'mine' },
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.deepEqual(client.data, { of: 'mine' });
  const { event, data, id } = await next();
  assert.deepEqual([event, JSON.parse(data)], ['connected', { clientId: client.id }]);
  for (let at = 0; at < 50; at++) await hub.publish('news', { data: String(at) });
  for (let at = 0; at < 50; at++) assert.equal((await next()).data, String(at));
  await hub.disconnect({ client: client.id });
  assert.equal(await next(), undefined);
  assert.deepEqual(await client.closed, { reason: 'disconnect' });
  const again = await open(t, hub, { channels: ['news'], lastEventId: id });
  assert.equal((await again.next()).event, 'connected');
  assert.equal((await again.next()).data, '0', 'what the option says is where it was');
});

test('a body that is cancelled, and a request that is aborted, are clients that left', async (t) => {
  const hub = freshHub();
  const one = await open(t, hub);
  await one.next();
  await one.reader.cancel();
  assert.deepEqual(await within(one.client.closed, PATIENCE_MS, 'the end'), { reason: 'left' });
  const abort = new AbortController();
  const two = await open(t, hub, { request: ask({ signal: abort.signal }) });
  await two.next();
  const reading = two.next().catch((error) => error);
  abort.abort();
  assert.deepEqual(await within(two.client.closed, PATIENCE_MS, 'the end'), { reason: 'left' });
  assert.equal((await reading).code, 'ERR_SSE_CLOSED', 'its reader does not wait for ever');
  const { clients, closed } = hub.stats();
  assert.deepEqual([clients, closed.left], [0, 2]);
});

test('a request that is aborted already makes no client', async () => {
  const hub = freshHub();
  const onClient = () => assert.fail('there is none');
  await hub.response(ask({ signal: AbortSignal.abort() }), { onClient });
  assert.equal(hub.stats().clients, 0);
});

test('a body that is not read holds one payload, and its client is closed in time', async (t) => {
  const hub = freshHub({ writeTimeout: 300 });
  const attentive = await open(t, hub, { channels: ['news'] });
  const clients = [];
  const onClient = (client) => clients.push(client);
  const response = await hub.response(ask(), { channels: ['news'], onClient });
  for (let at = 0; at < 20; at++) {
    await hub.publish('news', { data: 'x'.repeat(100_000) });
    await attentive.next();
  }
  const [client] = clients;
  assert.deepEqual(await within(client.closed, PATIENCE_MS, 'the end'), { reason: 'timeout' });
  await assert.rejects(response.text(), { code: 'ERR_SSE_CLOSED' });
  await attentive.next();
  assert.deepEqual(await hub.presence('news'), [{ user: null, clients: 1 }]);
});

test('a slow reader gets everything, and others do not wait', async (t) => {
  const hub = freshHub({ writeTimeout: null });
  const slow = await open(t, hub, { channels: ['news'] });
  const fast = await open(t, hub, { channels: ['news'] });
  await Promise.all([slow.next(), fast.next()]);
  const size = 16 * 1024;
  for (let at = 0; at < 200; at++) await hub.publish('news', { data: `${at} `.padEnd(size, '.') });
  for (let at = 0; at < 200; at++) assert.equal((await fast.next()).data.split(' ')[0], String(at));
  await until(() => hub.stats().stalled === 1, PATIENCE_MS, 'a client that takes nothing');
  for (let at = 0; at < 200; at++) assert.equal((await slow.next()).data.split(' ')[0], String(at));
  await until(() => hub.stats().stalled === 0, PATIENCE_MS, 'no such client');
});

test('HEAD and OPTIONS are answered, and make no client', async () => {
  const hub = freshHub();
  const onClient = () => assert.fail('there is none');
  const head = await hub.response(ask({ method: 'HEAD' }), { onClient });
  assert.deepEqual([head.status, head.body], [200, null]);
  assert.equal(head.headers.get('content-type'), 'text/event-stream');
  const options = await hub.response(ask({ method: 'OPTIONS' }), { onClient });
  assert.deepEqual([options.status, options.body], [204, null]);
  assert.equal(hub.stats().clients, 0);
});

test('an onClient that throws leaves no client behind', async () => {
  const hub = freshHub();
  const failure = new Error('mine');
  const onClient = () => {
    throw failure;
  };
  await assert.rejects(hub.response(ask(), { onClient }), failure);
  assert.equal(hub.stats().clients, 0);
  assert.equal(hub.stats().closed.left, 1);
});

test('clients leave no listener at a signal that outlives them', async (t) => {
  const hub = freshHub();
  const abort = new AbortController();
  const signal = abort.signal;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...args) {
      listeners++;
      addEventListener.apply(this, args);
    },
    removeEventListener(...args) {
      listeners--;
      removeEventListener.apply(this, args);
    },
  });
  // What a framework gives need not be a Request of this realm.
  const request = { method: 'GET', url: URL_OF_ROUTE, headers: new Headers(), signal };
  for (let at = 0; at < 20; at++) {
    const one = await open(t, hub, { request });
    await one.next();
    if (at % 2 === 0) await one.reader.cancel();
    else await hub.disconnect({ client: one.client.id });
    await within(one.client.closed, PATIENCE_MS, 'the end');
  }
  assert.equal(listeners, 0);
});

test('an event larger than the log is for those who are here, and a gap for others', async (t) => {
  const hub = freshHub({ log: memoryLog({ maxBytes: 100_000 }) });
  const here = await open(t, hub, { channels: ['news'] });
  const { id: lastEventId } = await here.next();
  const large = 'x'.repeat(5_000_000);
  await hub.publish('news', { data: large });
  assert.equal((await here.next()).data, large);
  await hub.publish('news', { data: 'small' });
  assert.equal((await here.next()).data, 'small');
  const back = await open(t, hub, { channels: ['news'], lastEventId });
  assert.equal((await back.next()).event, 'connected');
  const { event, data } = await back.next();
  const gap = { channel: 'news', from: 1, to: 1, reason: 'trimmed' };
  assert.deepEqual([event, JSON.parse(data)], ['gap', gap]);
  assert.equal((await back.next()).data, 'small');
});
