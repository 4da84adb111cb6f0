'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { deferred, within } = require('../support/deadline.js');
const { startServer } = require('../support/fault-server.js');
const { LAST_CHUNK, visit: visitRaw } = require('../support/raw-visit.js');
const { ending, outliving, reloading } = require('./answers.js');
const { chatting } = require('./assistant.js');
const { NextApp } = require('./app.js');
const { publishing } = require('./news.js');
const { speaking } = require('./wechat.js');
const { PATIENCE_MS, get, visit } = require('../support/browser.js');

/** The app router's route, which returns a Response, and the pages router's, which pipes. */
const ROUTES = ['/events', '/api/events'];

/** The same for answers. */
const CHAT_ROUTES = ['/chat', '/api/chat'];

/** How many clients each get the last chunk of an answer that breaks off. */
const RUNS = 20;

const SERVERS = { 'next start': 'start', 'the standalone server': 'startStandalone' };

describe('examples/next with the packed package', () => {
  const app = new NextApp();
  let upstream;
  let env;

  before(async () => {
    upstream = await startServer((exchange) => exchange.status(404));
    env = { UPSTREAM_URL: upstream.url, UPSTREAM_KEY: 'sk-next' };
    await app.install();
  });
  after(async () => {
    await upstream?.close();
    app.remove();
  });

  for (const bundler of ['turbopack', 'webpack']) {
    test(`built by ${bundler} without the helper, the error says what to add`, async (t) => {
      t.after(app.configure('export default {};\n'));
      await assert.rejects(
        app.build(bundler),
        /perennial-sse was bundled.*add withPerennial from 'perennial-sse\/next' to next\.config/,
      );
    });

    describe(`built by ${bundler}`, () => {
      before(() => app.build(bundler));
      for (const [name, start] of Object.entries(SERVERS)) {
        describe(`and run by ${name}`, () =>
          stream(() => app[start](env), start === 'start' ? chatting : undefined));
      }
    });
  }

  describe('run by next dev', () => {
    stream(
      () => app.dev(env),
      (given) => reloading({ ...given, edit: (...change) => app.edit(...change) }),
      // It passes no signal on to the process that has the clients.
      { paced: false },
    );
  });

  /** What must hold for every server, and what only for this one. */
  function stream(start, more = () => {}, { paced } = { paced: true }) {
    let server;

    before(async () => {
      server = await start();
    });
    after(() => server?.stop());

    for (const route of ROUTES) {
      test(`${route} passes events on one by one, also to who accepts compression`, async () => {
        const wanted = [deferred(), deferred()];
        upstream.handle(async (exchange) => {
          await exchange.event({ id: '42', data: 'first' });
          await wanted[0].promise;
          await exchange.event({ id: '43', data: 'second' });
          await wanted[1].promise;
          await exchange.event({ id: '44', data: 'third' });
          await exchange.stall();
        });
        const asked = upstream.requests.length;
        const visitor = await visit(`${server.url}${route}`, {
          headers: { 'last-event-id': '41' },
        });
        assert.equal(visitor.status, 200);
        assert.match(visitor.headers['content-type'], /^text\/event-stream/);
        const { id, data } = await visitor.next();
        assert.deepEqual({ id, data }, { id: '42', data: 'first' });
        // Each is sent only once the one before has arrived: whoever held one back would hang here.
        wanted[0].resolve();
        assert.equal((await visitor.next()).data, 'second');
        wanted[1].resolve();
        assert.equal((await visitor.next()).data, 'third');
        visitor.leave();
        const request = await upstream.request(asked);
        assert.equal(request.headers['last-event-id'], '41');
        await within(request.connection.closed, PATIENCE_MS, 'the close of the upstream');
      });

      test(`${route} closes the upstream when the browser leaves in silence`, async () => {
        upstream.handle(async (exchange) => {
          await exchange.event({ data: 'only' });
          await exchange.stall();
        });
        const asked = upstream.requests.length;
        const visitor = await visit(`${server.url}${route}`);
        await visitor.next();
        const { connection } = await upstream.request(asked);
        assert.equal(connection.open, true);
        visitor.leave();
        await within(connection.closed, PATIENCE_MS, 'the close of the upstream');
        assert.equal(connection.closedBy, 'client');
        assert.equal(upstream.requests.length, asked + 1);
      });

      test(`${route} gives the status of an upstream that refuses`, async () => {
        upstream.handle((exchange) => exchange.status(403, {}, 'not for you'));
        const response = await get(`${server.url}${route}`);
        assert.equal(response.status, 403);
        assert.equal((await response.json()).error.code, 'ERR_SSE_STATUS');
      });
    }

    for (const route of CHAT_ROUTES) {
      test(`${route} passes an answer on word by word, and closes the upstream with the browser`, async () => {
        const wanted = deferred();
        const word = (content) => {
          const choices = [{ index: 0, delta: { content }, finish_reason: null }];
          return { data: JSON.stringify({ id: 'a', model: 'example', choices }) };
        };
        upstream.handle(async (exchange) => {
          await exchange.event(word('first '));
          await wanted.promise;
          await exchange.event(word('second'));
          await exchange.stall();
        });
        const asked = upstream.requests.length;
        const messages = [{ role: 'user', content: 'Word by word, please.' }];
        const visitor = await visit(`${server.url}${route}`, { json: { messages } });
        assert.equal(visitor.status, 200);
        assert.match(visitor.headers['content-type'], /^text\/event-stream/);
        const heard = async (text) => {
          let content = '';
          while (content !== text) {
            const chunk = JSON.parse((await visitor.next()).data);
            assert.equal(chunk.object, 'chat.completion.chunk');
            content += chunk.choices[0]?.delta.content ?? '';
            assert.ok(text.startsWith(content), content);
          }
        };
        await heard('first ');
        // Sent only now: whoever held the first one back would hang here.
        wanted.resolve();
        await heard('second');
        const { path, body, headers, connection } = await upstream.request(asked);
        assert.equal(path, '/v1/chat/completions');
        assert.deepEqual(JSON.parse(body).messages, messages);
        assert.equal(headers.authorization, 'Bearer sk-next');
        assert.equal(connection.open, true);
        visitor.leave();
        await within(connection.closed, PATIENCE_MS, 'the close of the upstream');
        assert.equal(connection.closedBy, 'client');
      });
    }

    for (const route of CHAT_ROUTES) {
      test(`${route} tells why an answer broke off, before it breaks off`, async () => {
        const choices = [{ index: 0, delta: { content: 'first' }, finish_reason: null }];
        upstream.handle(async (exchange) => {
          await exchange.event({ data: JSON.stringify({ id: 'a', model: 'example', choices }) });
          await exchange.truncate();
        });
        const json = { messages: [{ role: 'user', content: 'Break off, please.' }] };
        const { port } = new URL(server.url);
        // Half of them pause before they read on.
        const visits = Array.from({ length: 2 * RUNS }, (_, index) => {
          return visitRaw(port, { path: route, json, pause: (index % 2) * 100 }).whole();
        });
        const heard = await Promise.all(visits);
        const told = heard.filter(({ text }) => text.includes('"code":"ERR_SSE_TRUNCATED"'));
        assert.equal(told.length, heard.length);
        for (const { text } of heard) assert.doesNotMatch(text, LAST_CHUNK);
      });
    }

    for (const route of ROUTES) {
      test(`${route} answers HEAD without asking the upstream`, async () => {
        const asked = upstream.requests.length;
        const response = await fetch(`${server.url}${route}`, {
          method: 'HEAD',
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        assert.equal(response.status, 200);
        assert.match(response.headers.get('content-type'), /^text\/event-stream/);
        assert.equal(upstream.requests.length, asked);
      });
    }

    test('the page that shows both is there, and its scripts are', async () => {
      const response = await get(server.url);
      assert.equal(response.status, 200);
      const page = await response.text();
      assert.match(page, /One upstream, two routes/);
      const [, script] = /<script src="([^"]+)"/.exec(page);
      assert.equal((await get(`${server.url}${script}`)).status, 200);
    });

    test('on the edge runtime it decodes, and chat() says which runtime to choose', async () => {
      const { data, message } = await (await get(`${server.url}/edge`)).json();
      assert.deepEqual(data, ['decoded']);
      assert.match(message, /export const runtime = 'nodejs'/);
    });

    const given = { server: () => server, upstream: () => upstream, paced };
    outliving(given);
    publishing(given);
    speaking(given);
    more(given);
    ending(given);
  }
});
