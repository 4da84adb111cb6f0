'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { describe, test } = require('node:test');
const { createHub, EventSource } = require('perennial-sse');
const { visit } = require('./support/browser.js');
const { deferred, until, within } = require('./support/deadline.js');
const { PROXIES, startProxy, without } = require('./support/reverse-proxies.js');

const PATIENCE_MS = 30_000;

/** How long the first event may take, in milliseconds. */
const PROMPT_MS = 300;

/** The best of so many counts: a proxy that holds events back does so each time, a busy machine does not. */
const RUNS = 5;

/** How long a proxy lets a server be silent, in seconds. */
const IDLE_S = 2;

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
}
