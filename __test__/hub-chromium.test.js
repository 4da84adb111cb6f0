'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const http = require('node:http');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { createHub } = require('perennial-sse');
const { hubRoutes } = require('perennial-sse/express');
const { Chromium, withoutChromium } = require('./support/chromium.js');
const { deferred, within } = require('./support/deadline.js');
const manifest = require('../package.json');

const PROGRAM = join(__dirname, '..', manifest.bin['perennial-sse']);

const PATIENCE_MS = 60_000;

/** Gives a page `listen(url, names, options)`, and what it hears in `heard`. */
const SCRIPT = `
  const heard = [];
  let source;
  function listen(url, names, options) {
    source = new EventSource(url, options);
    for (const name of names) {
      source.addEventListener(name, ({ type, data, lastEventId }) => heard.push({ type, data, lastEventId }));
    }
    source.onerror = () => heard.push({ type: 'error', readyState: source.readyState });
  }
  async function next() {
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return heard.shift();
  }
`;

/** A server with a page, and a hub at /events that asks for the user in the query. */
async function serve(t, options, authorize = ({ user }) => ({ user, channels: ['news'] })) {
  const hub = createHub({ name: t.name, retryDelay: [50, 100], ...options });
  const requests = [];
  const events = hubRoutes(
    hub,
    ({ url }) => authorize(Object.fromEntries(new URL(url, 'http://localhost').searchParams)),
    { admit: (channel) => channel !== 'secret' },
  );
  const routes = { '/events': events.stream, '/subscribe': events.subscribe };
  const server = http.createServer((req, res) => {
    const [path] = req.url.split('?');
    requests.push({ path, headers: req.headers });
    const route = routes[path];
    if (route !== undefined) return route(req, res, (error) => res.writeHead(500).end(`${error}`));
    res.writeHead(200, { 'content-type': 'text/html' }).end(`<script>${SCRIPT}</script>`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    await hub.close({ spread: 0, deadline: 1000 });
    server.close();
    server.closeAllConnections();
  });
  return { hub, requests, url: `http://127.0.0.1:${server.address().port}` };
}

describe('in chromium', { skip: withoutChromium }, () => {
  let chromium;
  before(() => {
    chromium = new Chromium();
  });
  after(() => chromium?.close());

  /** A page that listens. */
  async function listening(url, path = '/events?user=ann', options = {}) {
    const page = await chromium.open(`${url}/`);
    const names = ['connected', 'message', 'news', 'gap', 'shutdown'];
    const args = [path, names, options].map((arg) => JSON.stringify(arg));
    await page.evaluate(`listen(${args})`);
    return { evaluate: page.evaluate, next: () => page.evaluate('next()') };
  }

  test('every verb reaches the page, and one joins a channel by its client id', async (t) => {
    const { hub, url } = await serve(t);
    const page = await listening(url);
    const { type, data } = await page.next();
    assert.equal(type, 'connected');
    const { clientId } = JSON.parse(data);
    await hub.broadcast({ event: 'news', data: 'to all\nin two lines' });
    await hub.publish('news', { data: { to: 'the channel' } });
    await hub.toUser('ann', { event: 'news', data: 'to the user' });
    await hub.toUser('bob', { event: 'news', data: 'to another' });
    assert.equal(await hub.toClient(clientId, { event: 'news', data: 'to the client' }), true);
    const told = [];
    for (let count = 0; count < 4; count++) told.push(await page.next());
    assert.deepEqual(
      told.map((event) => [event.type, event.data]),
      [
        ['news', 'to all\nin two lines'],
        ['message', '{"to":"the channel"}'],
        ['news', 'to the user'],
        ['news', 'to the client'],
      ],
    );
    const subscribe = (channel) =>
      page.evaluate(`fetch('/subscribe?user=ann', {
        method: 'POST',
        body: JSON.stringify({ clientId: ${JSON.stringify(clientId)}, channel: '${channel}' }),
      }).then(({ status }) => status)`);
    assert.equal(await subscribe('secret'), 403);
    assert.equal(await subscribe('sport'), 204);
    await hub.publish('sport', { event: 'news', data: 'goal' });
    assert.equal((await page.next()).data, 'goal');
  });

  test('a page whose connection is closed comes back to its place', async (t) => {
    const { hub, requests, url } = await serve(t);
    const page = await listening(url);
    await page.next();
    await hub.publish('news', { data: 'one' });
    const { data, lastEventId } = await page.next();
    assert.equal(data, 'one');
    assert.equal(await hub.disconnect({ user: 'ann' }), 1);
    assert.deepEqual(await page.next(), { type: 'error', readyState: 0 });
    await hub.publish('news', { data: 'two' });
    assert.equal((await page.next()).type, 'connected');
    assert.equal((await page.next()).data, 'two');
    const [, again] = requests.filter(({ path }) => path === '/events');
    assert.equal(again.headers['last-event-id'], lastEventId);
  });

  test('overload and a failing authorize are survived, a status that is given is final', async (t) => {
    let away = true;
    const authorize = ({ user }) => {
      if (away) throw new Error('the database is away');
      return user === 'eve' ? { status: 403 } : { user, channels: ['news'] };
    };
    const { hub, url } = await serve(t, { maxClients: 1 }, authorize);
    t.mock.method(console, 'error', () => {});
    const page = await listening(url);
    // It opens and ends, and the page comes back in two to four seconds.
    assert.deepEqual(await page.next(), { type: 'error', readyState: 0 });
    away = false;
    assert.equal((await page.next()).type, 'connected');
    const second = await listening(url, '/events?user=bob');
    assert.deepEqual(await second.next(), { type: 'error', readyState: 0 });
    await page.evaluate('source.close()');
    let { type } = await second.next();
    while (type === 'error') ({ type } = await second.next());
    assert.equal(type, 'connected');
    assert.equal(hub.clients().length, 1);
    const refused = await listening(url, '/events?user=eve');
    assert.deepEqual(await refused.next(), { type: 'error', readyState: 2 });
  });

  test('a page of another origin listens with its cookies where it may, and not elsewhere', async (t) => {
    const pages = await serve(t);
    const origin = pages.url;
    for (const [allowed, type] of [
      [origin, 'connected'],
      ['https://app.example', 'error'],
    ]) {
      const options = { name: allowed, cors: { origin: allowed, credentials: true } };
      const { requests, url } = await serve(t, options);
      const page = await listening(origin, `${url}/events?user=ann`, { withCredentials: true });
      assert.equal((await page.next()).type, type);
      assert.equal(requests[0].headers.origin, origin);
    }
  });

  test('a hub that closes tells the page', async (t) => {
    const { hub, url } = await serve(t);
    const page = await listening(url);
    await page.next();
    await hub.close({ spread: 100, deadline: 5000 });
    assert.equal((await page.next()).type, 'shutdown');
  });

  test('the page of serve shows lines as text, and those of a filter alone', async (t) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0'], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const ready = deferred();
    child.stderr.setEncoding('utf8').on('data', (text) => {
      const [, url] = /listening on (\S+\/),/.exec(text) ?? [];
      if (url !== undefined) ready.resolve(url);
    });
    const url = await within(ready.promise, PATIENCE_MS, 'the server');
    child.stdin.write('plain\n');
    const page = await chromium.open(url);
    const shown = async () =>
      JSON.parse(
        await page.evaluate(
          'JSON.stringify([...document.querySelectorAll("li:not([hidden])")].map((item) => item.textContent))',
        ),
      );
    const shows = async (expected) => {
      const started = performance.now();
      for (;;) {
        const now = await shown();
        if (JSON.stringify(now) === JSON.stringify(expected)) return;
        assert.ok(performance.now() - started < PATIENCE_MS, `it shows ${now}`);
      }
    };
    await shows(['plain']);
    const hostile =
      '<img src=x onerror="document.title = \'run\'"><script>document.title = 1</script>';
    child.stdin.write(`${hostile}\n`);
    await shows(['plain', hostile]);
    assert.equal(await page.evaluate('document.title'), 'perennial-sse serve');
    assert.equal(await page.evaluate('document.querySelector("output").value'), 'connected');
    await page.evaluate(
      'document.querySelector("input").value = "pla"; document.querySelector("input").dispatchEvent(new Event("input"))',
    );
    await shows(['plain']);
  });
});
