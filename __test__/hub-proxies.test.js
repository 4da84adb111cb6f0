'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { describe, test } = require('node:test');
const { createHub, EventSource } = require('perennial-sse');
const { visit } = require('./support/browser.js');
const { deferred, until, within } = require('./support/deadline.js');
const { serve } = require('./support/client.js');
const { startHubProcess } = require('./support/hub-process.js');
const { startApp, visit: watch } = require('./support/relay.js');
const { startRelayApp } = require('./support/relay-process.js');
const { PROXIES, startProxy, without } = require('./support/reverse-proxies.js');

const PATIENCE_MS = 30_000;

/** How long the first event may take, in milliseconds. */
const PROMPT_MS = 300;

/** The best of so many counts: a proxy that holds events back does so each time, a busy machine does not. */
const RUNS = 5;

/** How long a proxy lets a server be silent, in seconds. */
const IDLE_S = 2;

/**
 * Who ends a body as if it were whole though the server died (`death`), or broke it off (`break`): no client can tell
 * that from an end, and docs/proxies.md says so.
 */
const HIDES = {
  'nginx as documented': [],
  'nginx over HTTP/1.0': ['death'],
  HAProxy: [],
  Caddy: ['death', 'break'],
};

/** A server of events behind a proxy. */
async function behind(t, name, { idle, ...options } = {}) {
  const hub = createHub({ name: t.name, retryDelay: [50, 100], ...options });
  const requests = [];
  const server = http.createServer((req, res) => {
    requests.push(req);
    hub.connect(req, res, { channels: ['news'] });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    await hub.close({ spread: 0, deadline: 1000 });
    server.close();
    server.closeAllConnections();
  });
  const url = await startProxy(t, name, { port: server.address().port, idle });
  const publish = (data) => hub.publish('news', { data });
  return { hub, publish, requests, url: `${url}/events` };
}

for (const name of PROXIES) {
  describe(`behind ${name}`, { skip: without(name) }, () => {
    test('the first event comes at once, and each as it is published', async (t) => {
      const { publish, url } = await behind(t, name);
      const first = [];
      const next = [];
      for (let run = 0; run < RUNS; run++) {
        const begun = performance.now();
        const visitor = await visit(url);
        assert.equal((await visitor.next()).event, 'connected');
        first.push(performance.now() - begun);
        for (let event = 0; event < 3; event++) {
          const published = performance.now();
          // The next is published once this one has come: a proxy that held it back would hang here.
          await publish(`${run} ${event}`);
          assert.equal((await visitor.next()).data, `${run} ${event}`);
          next.push(performance.now() - published);
        }
        visitor.leave();
      }
      assert.ok(Math.min(...first) <= PROMPT_MS, `${first}`);
      assert.ok(Math.min(...next) <= PROMPT_MS, `${next}`);
    });

    test('heartbeats keep a silent stream open beyond the limit of the proxy', async (t) => {
      const heartbeat = (IDLE_S * 1000) / 4;
      const { hub, publish, requests, url } = await behind(t, name, { idle: IDLE_S, heartbeat });
      const begun = performance.now();
      const visitor = await visit(url);
      await visitor.next();
      const silent = () => performance.now() - begun > IDLE_S * 2000;
      await until(silent, PATIENCE_MS, 'twice the limit');
      assert.ok(hub.stats().heartbeats >= 3, JSON.stringify(hub.stats()));
      await publish('still there');
      assert.equal((await visitor.next()).data, 'still there');
      assert.equal(requests.filter(({ url }) => url === '/events').length, 1);
      visitor.leave();
    });

    test('without them the proxy cuts it, and the client that comes back misses nothing', async (t) => {
      const { publish, requests, url } = await behind(t, name, { idle: IDLE_S, heartbeat: null });
      const source = new EventSource(url);
      t.after(() => source.close());
      const heard = [];
      let arrived = deferred();
      source.onmessage = ({ data }) => {
        heard.push(data);
        arrived.resolve();
      };
      const streams = () => requests.filter(({ url }) => url === '/events');
      await until(() => streams().length === 1, PATIENCE_MS, 'the client');
      await publish('before');
      await within(arrived.promise, PATIENCE_MS, 'the first event');
      arrived = deferred();
      // As soon as it is gone, and before it is back.
      const cut = deferred();
      source.addEventListener('error', () => cut.resolve(publish('meanwhile')), { once: true });
      await within(cut.promise, PATIENCE_MS, 'the cut');
      await within(arrived.promise, PATIENCE_MS, 'what was published meanwhile');
      assert.deepEqual(heard, ['before', 'meanwhile']);
      assert.ok(streams().length >= 2, `${streams().length} connections`);
      assert.ok(streams().at(-1).headers['last-event-id'], 'the position passes the proxy');
      source.close();
    });

    test('a client that leaves is gone behind it, too, by the next heartbeats at the latest', async (t) => {
      const { hub, url } = await behind(t, name, { heartbeat: 200 });
      const visitor = await visit(url);
      await visitor.next();
      assert.equal(hub.clients().length, 1);
      visitor.leave();
      await until(() => hub.clients().length === 0, PATIENCE_MS, 'the client to be forgotten');
    });
  });

  describe(`when a server behind ${name} ends`, { skip: without(name), concurrency: true }, () => {
    test('a hub that closes says so, and ends the body of its client', async (t) => {
      const { hub, url } = await behind(t, name);
      const client = watch(t, url);
      await client.heard(1);
      await hub.close({ spread: 0, deadline: PATIENCE_MS });
      assert.equal(await client.ended(), true);
      assert.deepEqual(
        client.events.map(({ event }) => event),
        ['connected', 'shutdown'],
      );
    });

    /** Whether what a client has is whole, and what one has that nothing stands before. */
    async function endings(t, server, path, fail) {
      const { port } = new URL(server);
      const clients = [server, await startProxy(t, name, { port })].map((origin) =>
        watch(t, `${origin}${path}`),
      );
      for (const client of clients) {
        await client.heard(1);
        assert.equal(client.response.headers['transfer-encoding'], 'chunked');
      }
      await fail?.();
      const [direct, proxied] = await Promise.all(clients.map((client) => client.ended()));
      return { direct, proxied, clients };
    }
    const hides = (what) => HIDES[name].includes(what);

    test(`that a hub died is ${hides('death') ? 'hidden' : 'seen'}`, async (t) => {
      const { child, port, exited } = await startHubProcess(t);
      const { direct, proxied } = await endings(t, `http://127.0.0.1:${port}`, '/events', () => {
        child.kill('SIGKILL');
        return exited;
      });
      assert.deepEqual({ direct, proxied }, { direct: false, proxied: hides('death') });
    });

    test(`that a relay died is ${hides('death') ? 'hidden' : 'seen'}`, async (t) => {
      const upstream = await serve(t, async (exchange) => {
        await exchange.event({ data: 'some' });
        await exchange.stall();
      });
      const { child, url } = await startRelayApp(t, upstream.url);
      const { direct, proxied } = await endings(t, url, '/events', () => child.kill('SIGKILL'));
      assert.deepEqual({ direct, proxied }, { direct: false, proxied: hides('death') });
    });

    test(`that an answer of a relay fails is told; that it broke off is ${hides('break') ? 'hidden' : 'seen'}`, async (t) => {
      const fails = deferred();
      const { url } = await startApp(t, async function* () {
        yield 'some';
        await fails.promise;
        throw new Error('the model is away');
      });
      const { direct, proxied, clients } = await endings(t, url, '/events', fails.resolve);
      assert.deepEqual({ direct, proxied }, { direct: false, proxied: hides('break') });
      for (const { failure } of clients) assert.equal(failure.code, 'ERR_SSE_SOURCE');
    });
  });
}
