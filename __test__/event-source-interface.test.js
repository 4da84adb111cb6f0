'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource } = require('../index.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');

const { prototype } = EventSource;
const ATTRIBUTES = ['url', 'withCredentials', 'readyState', 'onopen', 'onmessage', 'onerror'];
const READ_ONLY = ['url', 'withCredentials', 'readyState'];

const hold = async (exchange) => {
  await exchange.write('id: 1\ndata: x\n\n');
  await exchange.stall();
};

async function source(t, init) {
  const server = await serve(t, hold);
  const es = new EventSource(server.url, init);
  t.after(() => es.close());
  return es;
}

/** Waits for the next event of a type. */
function dispatched(es, type) {
  const { promise, resolve } = deferred();
  es.addEventListener(type, resolve, { once: true });
  return within(promise, PATIENCE_MS, `"${type}"`);
}

test('the class: name, length, parents and tag', () => {
  assert.equal(EventSource.name, 'EventSource');
  assert.equal(EventSource.length, 1);
  assert.equal(Object.getPrototypeOf(EventSource), EventTarget);
  assert.equal(Object.getPrototypeOf(prototype), EventTarget.prototype);
  assert.equal(prototype[Symbol.toStringTag], 'EventSource');
  const descriptor = Object.getOwnPropertyDescriptor(EventSource, 'prototype');
  assert.deepEqual([descriptor.writable, descriptor.enumerable], [false, false]);
});

test('the constants are on the class and its prototype, and cannot be changed', () => {
  for (const holder of [EventSource, prototype]) {
    for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSED: 2 })) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(holder, name), {
        value,
        writable: false,
        enumerable: true,
        configurable: false,
      });
    }
  }
});

test('attributes are enumerable accessors on the prototype', async (t) => {
  const es = await source(t);
  assert.deepEqual(Object.getOwnPropertyNames(es), []);
  for (const name of ATTRIBUTES) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const { get, set, enumerable, configurable } = descriptor;
    assert.deepEqual([enumerable, configurable], [true, true], name);
    assert.equal(get.name, `get ${name}`);
    assert.equal(get.length, 0);
    if (READ_ONLY.includes(name)) assert.equal(set, undefined, name);
    else assert.deepEqual([set.name, set.length], [`set ${name}`, 1]);
  }
  const names = [];
  for (const name in es) names.push(name);
  for (const name of [...ATTRIBUTES, 'close', 'CONNECTING', 'addEventListener']) {
    assert.ok(names.includes(name), name);
  }
});

test('`close` is an enumerable method', () => {
  const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(
    prototype,
    'close',
  );
  assert.deepEqual([value.name, value.length], ['close', 0]);
  assert.deepEqual([writable, enumerable, configurable], [true, true, true]);
});

test('read-only attributes stay as they are', async (t) => {
  const es = await source(t);
  for (const name of READ_ONLY) {
    const before = es[name];
    assert.throws(() => {
      es[name] = 'other';
    }, TypeError);
    assert.equal(es[name], before);
  }
});

test('attributes and methods refuse what is no EventSource', () => {
  for (const name of ATTRIBUTES) {
    const { get, set } = Object.getOwnPropertyDescriptor(prototype, name);
    for (const stranger of [{}, Object.create(prototype), new EventTarget(), undefined]) {
      assert.throws(() => get.call(stranger), TypeError, name);
      if (set) assert.throws(() => set.call(stranger, null), TypeError, name);
    }
  }
  assert.throws(() => prototype.close.call({}), TypeError);
});

test('the constructor wants `new`, a URL, and an object', () => {
  assert.throws(() => EventSource('http://127.0.0.1:9'), TypeError);
  assert.throws(() => new EventSource(), TypeError);
  for (const init of [1, true, 'x', Symbol('x')]) {
    assert.throws(() => new EventSource('http://127.0.0.1:9', init), TypeError);
  }
});

test('an init may be absent, null, or hold members that nobody knows', async (t) => {
  const server = await serve(t, hold);
  for (const [init, withCredentials] of [
    [undefined, false],
    [null, false],
    [{}, false],
    [{ withCredentials: true }, true],
    [{ withCredentials: 'yes' }, true],
    [{ withCredentials: undefined, unknown: 1 }, false],
    [() => {}, false],
  ]) {
    const es = new EventSource(server.url, init);
    t.after(() => es.close());
    assert.equal(es.withCredentials, withCredentials);
  }
});

test('a URL object, or anything that reads as a URL, is one', async (t) => {
  const server = await serve(t, hold);
  for (const url of [new URL(server.url), { toString: () => server.url }]) {
    const es = new EventSource(url);
    t.after(() => es.close());
    assert.equal(es.url, `${server.url}/`);
  }
  assert.throws(() => new EventSource(Symbol('x')), TypeError);
});

test('handler attributes are null, keep what is called, and drop primitives', async (t) => {
  const es = await source(t);
  for (const name of ['onopen', 'onmessage', 'onerror']) {
    assert.equal(es[name], null);
    const handler = () => {};
    es[name] = handler;
    assert.equal(es[name], handler);
    for (const nothing of [null, undefined, 1, 'x', false]) {
      es[name] = handler;
      es[name] = nothing;
      assert.equal(es[name], null);
    }
    // LegacyTreatNonObjectAsNull: an object that cannot be called is kept, and does nothing.
    const object = { handleEvent: () => assert.fail('not a listener object') };
    es[name] = object;
    assert.equal(es[name], object);
    es[name] = null;
  }
});

test('a handler keeps its place among the listeners, and its `this`', async (t) => {
  const es = await source(t);
  const order = [];
  es.addEventListener('message', () => order.push('first'));
  es.onmessage = () => order.push('replaced');
  es.addEventListener('message', () => order.push('last'));
  es.onmessage = function handler(event) {
    order.push(this === es && event.target === es ? 'handler' : 'wrong');
  };
  await dispatched(es, 'message');
  assert.deepEqual(order, ['first', 'handler', 'last']);
});

test('a handler that was given up is not called', async (t) => {
  const es = await source(t);
  es.onmessage = () => assert.fail('given up');
  es.onmessage = null;
  await dispatched(es, 'message');
});

test('listeners may be objects, run once, or end with a signal', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.write('data: 1\n\ndata: 2\n\n');
    await exchange.stall();
  });
  const es = new EventSource(server.url);
  t.after(() => es.close());
  const seen = [];
  const object = { handleEvent: ({ data }) => seen.push(`object ${data}`) };
  const controller = new AbortController();
  es.addEventListener('message', object);
  es.addEventListener('message', object);
  es.addEventListener('message', ({ data }) => seen.push(`once ${data}`), { once: true });
  const listener = ({ data }) => {
    seen.push(`signal ${data}`);
    controller.abort();
  };
  es.addEventListener('message', listener, { signal: controller.signal });
  const { promise, resolve } = deferred();
  es.addEventListener('message', ({ data }) => data === '2' && resolve());
  await within(promise, PATIENCE_MS, 'both messages');
  assert.deepEqual(seen, ['object 1', 'once 1', 'signal 1', 'object 2']);
});

test('events are trusted, cannot be cancelled and do not bubble', async (t) => {
  const server = await serve(t, (exchange) => {
    if (server.requests.length > 1) return exchange.status(204);
    return exchange.write('data: x\n\n');
  });
  const es = new EventSource(server.url, { retry: { baseDelay: 1, minDelay: 1 } });
  t.after(() => es.close());
  const events = await Promise.all(
    ['open', 'message', 'error'].map((type) => dispatched(es, type)),
  );
  for (const event of events) {
    assert.ok(event instanceof Event);
    assert.equal(event.isTrusted, true, event.type);
    assert.deepEqual([event.bubbles, event.cancelable, event.composed], [false, false, false]);
    assert.equal(event.target, es);
    event.preventDefault();
    assert.equal(event.defaultPrevented, false);
  }
  assert.equal(new Event('x').isTrusted, false);
});

test('a message is a MessageEvent', async (t) => {
  const es = await source(t);
  const event = await dispatched(es, 'message');
  assert.ok(event instanceof MessageEvent);
  assert.equal(event.constructor, MessageEvent);
  const tag = Object.prototype.toString;
  assert.equal(tag.call(event), tag.call(new MessageEvent('message')));
  assert.equal(event.lastEventId, '1');
  assert.ok(Object.isFrozen(event.ports));
  for (const name of ['data', 'origin', 'lastEventId', 'source', 'ports']) {
    assert.ok(name in event, name);
    assert.throws(() => {
      event[name] = 'other';
    }, TypeError);
  }
});

test('other instances cannot be reached through a subclass', async (t) => {
  const server = await serve(t, hold);
  class Mine extends EventSource {
    get kind() {
      return 'mine';
    }
  }
  const es = new Mine(server.url);
  t.after(() => es.close());
  assert.ok(es instanceof EventSource);
  assert.equal(es.kind, 'mine');
  assert.equal((await dispatched(es, 'message')).data, 'x');
});
