'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { EventSource, EventStreamDecoder, SSEOptionError, createRelay } = require('perennial-sse');
const { answerRoutes } = require('perennial-sse/next');
const { deferred, within } = require('./support/deadline.js');
const { serveFetch } = require('./support/fetch-server.js');

const PATIENCE_MS = 10_000;

/** What was said so far, and a reader for what is still to come. */
async function visit(url, init) {
  const response = await within(fetch(url, init), PATIENCE_MS, `an answer of ${url}`);
  const events = [];
  const decoder = new EventStreamDecoder({ onEvent: (event) => events.push(event) });
  const reader = response.body?.getReader();
  return {
    response,
    events,
    id: response.headers.get('x-answer-id'),
    /** Reads until there are so many events. */
    async until(count) {
      while (events.length < count) {
        const { value, done } = await within(reader.read(), PATIENCE_MS, `event ${count}`);
        assert.equal(done, false, `${events.length} events are all`);
        decoder.feed(value);
      }
      return events.map(({ data }) => data);
    },
    /** Reads to the end, also if that is a broken body. */
    async rest() {
      const whole = async () => {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          decoder.feed(value);
        }
      };
      await within(
        whole().catch(() => {}),
        PATIENCE_MS,
        'the end of the body',
      );
      return events.map(({ data }) => data);
    },
    leave: () => reader.cancel(),
  };
}

/** An app that has these routes, and how it is asked. */
async function serve(t, start, options) {
  const relay = createRelay({ name: t.fullName ?? t.name });
  const routes = answerRoutes(relay, start, options);
  const failures = [];
  const server = await serveFetch(async (request) => {
    const segment = /^\/of\/([^/?]+)/.exec(new URL(request.url).pathname)?.[1];
    const context = { params: Promise.resolve(segment === undefined ? {} : { id: segment }) };
    try {
      return await routes[request.method](request, context);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  });
  t.after(() => server.close());
  const post = (body, headers = {}) =>
    visit(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const get = (id, headers = {}) =>
    visit(`${server.url}/?id=${encodeURIComponent(id)}`, { headers });
  const stop = async (id, headers = {}) => {
    const url = `${server.url}/?id=${encodeURIComponent(id)}`;
    const response = await fetch(url, { method: 'DELETE', headers });
    return { status: response.status, body: await response.json() };
  };
  return { ...server, relay, failures, post, get, stop };
}

/** A source that says one word for each that it is told. */
function speaker() {
  const words = ['one', 'two', 'three'];
  const wanted = words.map(() => deferred());
  const say = (index) => wanted[index].resolve();
  return {
    say,
    sayAll: () => {
      for (const index of words.keys()) say(index);
    },
    async *source() {
      for (const [index, word] of words.entries()) {
        await wanted[index].promise;
        yield word;
      }
    },
  };
}

test('POST starts an answer, a second POST and GET read it, and it is made once', async (t) => {
  const { source, say, sayAll } = speaker();
  let calls = 0;
  const app = await serve(t, () => {
    calls++;
    return source();
  });
  const first = await app.post({ id: 'a/b c' });
  assert.equal(first.response.status, 200);
  assert.match(first.response.headers.get('content-type'), /^text\/event-stream/);
  assert.equal(first.id, 'a%2Fb%20c');
  say(0);
  assert.deepEqual(await first.until(1), ['one']);
  await first.leave();
  const [again, second] = await Promise.all([app.post({ id: 'a/b c' }), app.get('a/b c')]);
  assert.deepEqual(await again.until(1), ['one']);
  assert.deepEqual(await second.until(1), ['one']);
  sayAll();
  assert.deepEqual(await again.rest(), ['one', 'two', 'three']);
  assert.deepEqual(await second.rest(), ['one', 'two', 'three']);
  assert.equal(calls, 1);
});

test('GET goes on behind the last event, and is 204 for who has everything or asks for nothing', async (t) => {
  const { source, sayAll } = speaker();
  const app = await serve(t, source);
  sayAll();
  const first = await app.post({ id: 'x' });
  await first.rest();
  const resumed = await app.get('x', { 'last-event-id': first.events[0].lastEventId });
  assert.equal(resumed.id, 'x');
  assert.deepEqual(await resumed.rest(), ['two', 'three']);
  const all = await app.get('x', { 'last-event-id': first.events.at(-1).lastEventId });
  assert.equal(all.response.status, 204);
  assert.equal((await app.get('unknown')).response.status, 204);
});

test('the id is the header, or of the body, or a new one, and the function reads the body', async (t) => {
  const told = [];
  const app = await serve(t, async (request, { id, owner, signal }) => {
    told.push([id, owner, signal.aborted, (await request.json()).question]);
    return (async function* () {})();
  });
  const key = await app.post({ id: 'of the body', question: 1 }, { 'idempotency-key': 'key' });
  const body = await app.post({ id: 'of the body', question: 2 });
  const number = await app.post({ id: 7, question: 3 });
  const neither = await app.post({ question: 4 });
  const empty = await app.post({ id: '', question: 5 });
  assert.deepEqual([key.id, body.id, number.id], ['key', 'of%20the%20body', '7']);
  for (const { id } of [neither, empty]) assert.match(id, /^[0-9a-f-]{36}$/);
  assert.notEqual(neither.id, empty.id);
  assert.deepEqual(told, [
    ['key', undefined, false, 1],
    ['of the body', undefined, false, 2],
    ['7', undefined, false, 3],
    [neither.id, undefined, false, 4],
    [empty.id, undefined, false, 5],
  ]);
});

test('DELETE stops the source and every reader, and says whether there was something', async (t) => {
  const aborted = deferred();
  const app = await serve(t, (_, { signal }) => {
    signal.addEventListener('abort', aborted.resolve);
    return (async function* () {
      yield 'one';
      await new Promise(() => {});
    })();
  });
  const reader = await app.post({ id: 'x' });
  const other = await app.get('x');
  await reader.until(1);
  assert.deepEqual(await app.stop('x'), { status: 200, body: { stopped: true } });
  await within(aborted.promise, PATIENCE_MS, 'the abort');
  for (const each of [reader, other]) {
    await each.rest();
    const { event, data } = each.events.at(-1);
    assert.equal(event, 'failure');
    assert.equal(JSON.parse(data).error.code, 'ERR_SSE_STOPPED');
  }
  assert.deepEqual((await app.stop('x')).body, { stopped: false });
  assert.deepEqual((await app.stop('unknown')).body, { stopped: false });
});

test('an owner opens only what is its own, and nobody is turned away', async (t) => {
  const { source, say } = speaker();
  const owners = [];
  const app = await serve(
    t,
    (_, { owner }) => {
      owners.push(owner);
      return source();
    },
    { owner: async (request) => request.headers.get('x-user') },
  );
  const mine = await app.post({ id: 'x' }, { 'x-user': 'ann' });
  say(0);
  await mine.until(1);
  assert.equal((await app.get('x', { 'x-user': 'bob' })).response.status, 204);
  assert.deepEqual((await app.stop('x', { 'x-user': 'bob' })).body, { stopped: false });
  assert.equal((await app.get('x')).response.status, 401);
  assert.equal((await app.stop('x')).status, 401);
  assert.equal((await app.post({ id: 'y' })).response.status, 401);
  assert.deepEqual(await (await app.get('x', { 'x-user': 'ann' })).until(1), ['one']);
  assert.deepEqual(owners, ['ann']);
  assert.deepEqual((await app.stop('x', { 'x-user': 'ann' })).body, { stopped: true });
});

test('what the function throws is the answer, and the id may be posted again', async (t) => {
  const { source, sayAll } = speaker();
  const thrown = [new Response('ask something', { status: 422 }), new Error('no database')];
  const app = await serve(t, () => {
    const error = thrown.shift();
    if (error) throw error;
    return source();
  });
  const refused = await app.post({ id: 'x' });
  assert.equal(refused.response.status, 422);
  const failed = await app.post({ id: 'x' });
  assert.equal(failed.response.status, 500);
  assert.deepEqual(
    app.failures.map(({ message }) => message),
    ['no database'],
  );
  sayAll();
  assert.deepEqual(await (await app.post({ id: 'x' })).rest(), ['one', 'two', 'three']);
});

test('a source that is none is the mistake of the server', async (t) => {
  const app = await serve(t, () => undefined);
  assert.equal((await app.post({ id: 'x' })).response.status, 500);
  assert.match(app.failures[0].message, /the source of a run must be/);
});

test('an id that can be none, or none at all, is 400', async (t) => {
  const app = await serve(t, () => (async function* () {})());
  const long = 'x'.repeat(5000);
  const asked = [
    app.post({ id: long }),
    app.post({ id: '\ud800' }),
    app.get(long),
    visit(app.url),
    visit(`${app.url}/?id=`),
  ];
  const answered = await Promise.all(asked);
  assert.deepEqual(
    answered.map(({ response }) => response.status),
    answered.map(() => 400),
  );
  assert.equal((await app.stop(long)).status, 400);
  assert.equal((await fetch(app.url, { method: 'DELETE' })).status, 400);
  assert.deepEqual(app.failures, []);
});

test('the id may be a segment of the path', async (t) => {
  const { source, sayAll } = speaker();
  const app = await serve(t, source);
  sayAll();
  await (await app.post({ id: 'a/ü' })).rest();
  const reader = await visit(`${app.url}/of/${encodeURIComponent('a/ü')}/stream`);
  assert.deepEqual(await reader.rest(), ['one', 'two', 'three']);
  assert.equal((await visit(`${app.url}/of/%E0/stream`)).response.status, 204);
});

test('an EventSource reads the rest, and stops coming back at the end', async (t) => {
  const { source, sayAll } = speaker();
  const app = await serve(t, source);
  const first = await app.post({ id: 'x' });
  await first.leave();
  const browser = new EventSource(`${app.url}/?id=x`);
  t.after(() => browser.close());
  const heard = [];
  browser.addEventListener('message', ({ data }) => heard.push(data));
  await within(once(browser, 'open'), PATIENCE_MS, 'the open stream').catch(() => {});
  sayAll();
  const closed = async () => {
    while (browser.readyState !== EventSource.CLOSED) await once(browser, 'error');
  };
  await within(closed(), PATIENCE_MS, 'the end of the EventSource');
  assert.deepEqual(heard, ['one', 'two', 'three']);
});

test('wrong arguments are named', () => {
  const relay = createRelay({ name: 'wrong arguments' });
  const start = () => (async function* () {})();
  for (const [args, message] of [
    [[], /takes what createRelay\(\) returns/],
    [[{}, start], /takes what createRelay\(\) returns/],
    [[relay], /takes a function second/],
    [[relay, start, { user: start }], /unknown option "user"; there are owner, onLost, protocol/],
    [[relay, start, { protocol: 'toString' }], /protocol must be 'events' or/],
    [[relay, start, { owner: 'ann' }], /owner must be a function/],
  ]) {
    assert.throws(
      () => answerRoutes(...args),
      (error) => error instanceof SSEOptionError && message.test(error.message),
    );
  }
});
