'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource, SSEAuthError, SSEOptionError, memoryStore } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { until, within } = require('./support/deadline.js');
const { counts, freshHub, published, startHubApp, visit } = require('./support/hub.js');
const { TICKET } = require('./support/wrong-hub-options.js');

/** A client is what its ticket says: `?ticket=…`. */
const asked = ({ url }) => ({ ticket: new URL(url, 'http://app').searchParams.get('ticket') });

const at = (app, ticket) => `${app.url}?ticket=${ticket}`;

/** A store that tells what it is asked, and may fail. */
function watchedStore() {
  const inner = memoryStore();
  const calls = [];
  const store = { kind: 'watched', options: {}, fail: undefined };
  for (const verb of ['get', 'set', 'setIfAbsent', 'take', 'replace', 'remove']) {
    store[verb] = async (...args) => {
      calls.push([verb, ...args]);
      await store.before?.(verb);
      if (store.fail?.(verb)) throw Object.assign(new Error('away'), { code: 'ERR_SSE_STORE' });
      return inner[verb](...args);
    };
  }
  return { store, calls };
}

for (const output of ['connect', 'response']) {
  test(`${output}: a ticket says who the client is`, async (t) => {
    const app = await startHubApp(t, { output, client: asked });
    const data = { seat: [1] };
    const ticket = await app.hub.ticket({ user: 'ann', channels: ['news', 'news'], data });
    assert.match(ticket, /^[\w-]{32}$/);
    assert.notEqual(await app.hub.ticket(), ticket);
    data.seat.push(2);
    const visitor = visit(t, at(app, ticket));
    await visitor.heard(1);
    const [client] = app.clients;
    assert.deepEqual([client.user, client.channels, client.data], ['ann', ['news'], { seat: [1] }]);
    await app.hub.toUser('ann', { data: 'to ann' });
    await app.hub.publish('news', { data: 'news' });
    await visitor.heard(3);
    assert.deepEqual(
      published(visitor).map((event) => event.data),
      ['to ann', 'news'],
    );
  });

  test(`${output}: what opens nothing is refused for good, with 401`, async (t) => {
    const closed = [];
    const app = await startHubApp(t, {
      output,
      hub: { cors: { origin: 'https://app.test' } },
      client: ({ url }) => {
        const { searchParams } = new URL(url, 'http://app');
        return {
          ticket:
            { none: undefined, list: ['a'] }[searchParams.get('what')] ??
            searchParams.get('ticket'),
        };
      },
    });
    for (const [what, query] of [
      ['an unknown one', `ticket=${'x'.repeat(32)}`],
      ['none', 'what=none'],
      ['no parameter', ''],
      ['an empty one', 'ticket='],
      ['a list', 'what=list'],
      ['a long one', `ticket=${'x'.repeat(10_000)}`],
    ]) {
      const response = await fetch(`${app.url}?${query}`, {
        headers: { origin: 'https://app.test' },
      });
      assert.equal(response.status, 401, what);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(response.headers.get('access-control-allow-origin'), 'https://app.test');
      assert.equal(await response.text(), '');
    }
    for (const client of app.clients) closed.push(await client.closed);
    for (const { reason, error } of closed) {
      assert.equal(reason, 'refused');
      assert.ok(error instanceof SSEAuthError);
      assert.deepEqual([error.code, error.status], ['ERR_SSE_UNAUTHORIZED', 401]);
    }
    assert.deepEqual(app.failures, []);
    assert.equal(app.hub.stats().clients, 0);
    assert.equal(closed.length, output === 'connect' ? 6 : 0);
  });

  test(`${output}: the newest connection takes the session over, where it was`, async (t) => {
    const app = await startHubApp(t, { output, client: asked, hub: { maxPerUser: 1 } });
    const ticket = await app.hub.ticket({ user: 'ann', channels: ['news'] });
    const first = visit(t, at(app, ticket));
    await first.heard(1);
    await app.hub.publish('news', { data: 'one' });
    await first.heard(2);
    const position = first.events.at(-1).id;
    // Its connection is half open: the server has not heard that the browser is gone.
    const second = visit(t, at(app, ticket), { lastEventId: position });
    await second.heard(1);
    await first.ended();
    await app.hub.publish('news', { data: 'two' });
    await second.heard(2);
    assert.deepEqual(
      published(second).map(({ data }) => data),
      ['two'],
    );
    const [before, now] = app.clients;
    assert.deepEqual(await before.closed, { reason: 'disconnect' });
    assert.deepEqual(app.hub.clients(), [now]);
  });
}

test('a ticket that is not used in time opens nothing; one that was used does, until it expires', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { store, calls } = watchedStore();
  const app = await startHubApp(t, { client: asked, hub: { store } });
  await app.hub.ticket();
  assert.equal(calls.at(-1)[3], 30_000);
  await app.hub.ticket({ ttl: 5000, expires: 2000 });
  assert.equal(calls.at(-1)[3], 2000);
  const ticket = await app.hub.ticket({ ttl: 1000, expires: new Date(Date.now() + 60_000) });
  const [, key, value, ttl] = calls.at(-1);
  assert.equal(ttl, 1000);
  for (const text of [key, value])
    assert.ok(!text.includes(ticket), 'who reads the store cannot use it');
  t.mock.timers.setTime(Date.now() + 500);
  const first = visit(t, at(app, ticket));
  await first.heard(1);
  const replaced = calls.filter(([verb]) => verb === 'replace');
  assert.deepEqual(
    replaced.map((call) => call[4]),
    [59_500, 59_500],
  );
  t.mock.timers.setTime(Date.now() + 59_499);
  await visit(t, at(app, ticket)).heard(1);
  t.mock.timers.setTime(Date.now() + 1);
  assert.equal((await fetch(at(app, ticket))).status, 401);
  assert.equal((await fetch(at(app, await app.hub.ticket({ expires: new Date(0) })))).status, 401);
});

test('its client is closed when the ticket expires', async (t) => {
  const app = await startHubApp(t, { client: asked });
  const visitor = visit(t, at(app, await app.hub.ticket({ expires: 300 })));
  await visitor.heard(1);
  await visitor.ended();
  assert.deepEqual(await app.clients[0].closed, { reason: 'expired' });
});

test('of many that show one ticket at the same time, one stays', async (t) => {
  const app = await startHubApp(t, { client: asked });
  const ticket = await app.hub.ticket({ user: 'ann' });
  const visitors = Array.from({ length: 5 }, () => visit(t, at(app, ticket)));
  await Promise.all(visitors.map((visitor) => visitor.opened()));
  await counts(app.hub, 1);
  assert.equal(app.hub.clients().length, 1);
  assert.deepEqual(app.failures, []);
});

test('a client whose session is taken before it is known is closed', async (t) => {
  const { store } = watchedStore();
  const app = await startHubApp(t, { client: asked, hub: { store } });
  const ticket = await app.hub.ticket();
  let names = 0;
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  // The first waits before it tells the store whom the ticket has opened.
  store.before = async (verb) => {
    if (verb === 'replace' && ++names === 2) await held;
  };
  const first = visit(t, at(app, ticket));
  await first.heard(1);
  const second = visit(t, at(app, ticket));
  await second.heard(1);
  await until(() => names >= 4, PATIENCE_MS, 'the second to be known');
  release();
  await first.ended();
  await app.hub.broadcast({ data: 'still here' });
  await second.heard(2);
  assert.equal(app.hub.stats().clients, 1);
});

test('those of a revoked user are refused for good', async (t) => {
  const app = await startHubApp(t, { output: 'connect', client: asked });
  const ticket = await app.hub.ticket({ user: 'ann' });
  const visitor = visit(t, at(app, ticket));
  await visitor.heard(1);
  await app.hub.revoke('ann');
  await visitor.ended();
  assert.equal((await fetch(at(app, ticket))).status, 403);
  const { reason, error } = await app.clients[1].closed;
  assert.deepEqual([reason, error.code], ['refused', 'ERR_SSE_REVOKED']);
});

test('where the store fails nobody can be judged: a browser comes back', async (t) => {
  const { store } = watchedStore();
  const app = await startHubApp(t, { output: 'connect', client: asked, hub: { store } });
  const ticket = await app.hub.ticket();
  store.fail = (verb) => verb === 'get';
  const response = await fetch(at(app, ticket));
  assert.equal(response.status, 200);
  assert.match(await response.text(), /^retry: [234]\d{3}\n\n$/);
  const { reason, error } = await app.clients[0].closed;
  assert.deepEqual([reason, error.code], ['refused', 'ERR_SSE_STORE']);
  // It fails once the client is there: nobody could close it for the next one.
  let replaced = 0;
  store.fail = (verb) => verb === 'replace' && ++replaced === 2;
  const errors = [];
  app.hub.on('error', (failure) => errors.push(failure.code));
  const visitor = visit(t, at(app, ticket));
  await visitor.ended();
  assert.deepEqual(errors, ['ERR_SSE_STORE']);
  store.fail = undefined;
  await visit(t, at(app, ticket)).heard(1);
});

test('hubs on one store have tickets of their own', async (t) => {
  const store = memoryStore();
  const [one, other] = await Promise.all(
    [1, 2].map(() => startHubApp(t, { client: asked, hub: { store } })),
  );
  const ticket = await one.hub.ticket();
  assert.equal((await fetch(at(other, ticket))).status, 401);
  await visit(t, at(one, ticket)).heard(1);
});

test('what a foreign program wrote under the key of a ticket opens nothing', async (t) => {
  const { store, calls } = watchedStore();
  const app = await startHubApp(t, { client: asked, hub: { store } });
  const ticket = await app.hub.ticket();
  const [, key] = calls.at(-1);
  for (const text of ['', 'null', '7', '{"expires":9e15}', '[', '{"channels":[]}']) {
    await store.set(key, text);
    assert.equal((await fetch(at(app, ticket))).status, 401, text);
  }
});

test('an EventSource comes back with its ticket, and stops once that is over', async (t) => {
  const app = await startHubApp(t, { client: asked, hub: { retryDelay: [1, 2] } });
  const ticket = await app.hub.ticket({ expires: 60_000 });
  const source = new EventSource(at(app, ticket));
  t.after(() => source.close());
  const heard = [];
  source.addEventListener('message', ({ data }) => heard.push(data));
  await counts(app.hub, 1);
  await app.hub.disconnect({ client: app.clients[0].id, retryDelay: 1 });
  await app.hub.broadcast({ data: 'while it is away' });
  await until(() => heard.length === 1, PATIENCE_MS, 'what it missed');
  assert.equal(app.clients.length, 2);
});

test('wrong options are named', async (t) => {
  const hub = freshHub();
  t.after(() => hub.close({ spread: 0, deadline: 1000 }));
  for (const [options, sentence] of TICKET) {
    await assert.rejects(within(hub.ticket(options), PATIENCE_MS, 'a refusal'), (error) => {
      assert.ok(error instanceof SSEOptionError);
      assert.match(error.message, sentence);
      return true;
    });
  }
  for (const member of ['user', 'channels', 'data', 'expires', 'issuedAt']) {
    await assert.rejects(
      hub.connect({}, {}, { ticket: 'x', [member]: 'x' }),
      new RegExp(`^SSEOptionError: leave "${member}" out: the ticket says who the client is`),
    );
  }
});
