'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { until } = require('./support/deadline.js');
const { launch, startSite, withoutPlaywright } = require('./support/playwright.js');
const { REACTS, reactPage } = require('./support/react-page.js');

const PATIENCE_MS = 30_000;
const STREAM = { 'content-type': 'text/event-stream' };

/** What routes answer that are no streams. */
const REFUSALS = {
  html: [
    'ERR_SSE_CONTENT_TYPE',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  ],
  json: [
    'ERR_SSE_CONTENT_TYPE',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  ],
  401: ['ERR_SSE_STATUS', (response) => response.writeHead(401).end()],
  404: ['ERR_SSE_STATUS', (response) => response.writeHead(404).end()],
};

for (const version of Object.keys(REACTS)) {
  describe(`useEventStream in React ${version}`, { skip: withoutPlaywright }, () => {
    let browser;
    let script;
    before(async () => {
      [browser, script] = await Promise.all([launch(), reactPage(version)]);
    });
    after(() => browser?.close());

    /** A page, and a server that counts streams; each speaks once. */
    async function visit(t, serve) {
      const open = new Set();
      const requests = [];
      let most = 0;
      const site = await startSite(script, (request, response) => {
        requests.push(request);
        const path = request.url.slice(1);
        if (REFUSALS[path]) return REFUSALS[path][1](response);
        open.add(response);
        most = Math.max(most, open.size);
        response.once('close', () => open.delete(response));
        if (serve) return serve(request, response, requests.length);
        response.writeHead(200, STREAM);
        return response.write(`id: ${requests.length}\ndata: {"number":${requests.length}}\n\n`);
      });
      const context = await browser.newContext();
      const page = await context.newPage();
      t.after(async () => {
        await context.close();
        site.close();
      });
      await page.goto(`${site.url}/page`);
      return {
        page,
        open,
        requests,
        most: () => most,
        show: (url, options, how) =>
          page.evaluate(
            (given) => window.show('Stream', given[0], given[1]),
            [{ url, options }, how],
          ),
        is: (status) => page.waitForFunction((wanted) => window.hook?.status === wanted, status),
        hook: () =>
          page.evaluate(() => {
            const { error, events, ...rest } = window.hook;
            return { ...rest, error: error?.code ?? null, events: events.length };
          }),
      };
    }

    test('a component in StrictMode has one stream, and none when it has left', async (t) => {
      const { page, open, requests, show, is, hook } = await visit(t);
      await show('/events');
      await is('open');
      await page.waitForFunction(() => window.hook.data?.number === 1);
      const { data, attempt, nextRetryAt, lastEventId, error, events } = await hook();
      assert.deepEqual(
        { data, attempt, nextRetryAt, lastEventId, error, events },
        {
          data: { number: 1 },
          attempt: 0,
          nextRetryAt: null,
          lastEventId: '1',
          error: null,
          events: 1,
        },
      );
      assert.deepEqual(await page.evaluate(() => window.states), ['idle', 'connecting', 'open']);
      assert.equal(requests.length, 1);
      await page.evaluate(() => window.hide());
      await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
      assert.equal(requests.length, 1);
    });

    test('options of the same values open nothing anew; another URL closes the old stream first', async (t) => {
      const { page, open, requests, show, is } = await visit(t);
      for (let count = 0; count < 3; count++) {
        await show('/events', { headers: { 'x-a': '1' }, retry: { attempts: 3 } });
        await is('open');
      }
      assert.equal(requests.length, 1);
      await show('/events?other', { headers: { 'x-a': '1' }, retry: { attempts: 3 } });
      await page.waitForFunction(() => window.hook.data?.number === 2);
      await until(() => open.size === 1, PATIENCE_MS, 'one stream');
      await show(null);
      await is('idle');
      await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
    });

    test('five edits on a development server leave one stream open, and never open a second', async (t) => {
      const { page, open, requests, show, is, most } = await visit(t);
      await show('/events');
      await is('open');
      for (let edit = 1; edit <= 5; edit++) {
        await show('/events', undefined, { fresh: true });
        await page.waitForFunction((least) => window.renders >= least, edit * 2);
        await is('open');
      }
      assert.deepEqual([requests.length, most(), open.size], [1, 1, 1]);
      await page.evaluate(() => window.hide());
      await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
    });

    test('reduce, select and events make data', async (t) => {
      const { page, show } = await visit(t, (_request, response) => {
        response.writeHead(200, STREAM);
        response.write(
          'event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: a\ndata: 3\n\ndata: text\n\n',
        );
      });
      await page.evaluate(() => {
        window.reduce = (list, { data }) => [...list, Number(data)];
        window.show('Stream', {
          url: '/events',
          options: { events: ['a', 'b'], initial: [], reduce: window.reduce },
        });
      });
      await page.waitForFunction(() => window.hook.data.length === 3);
      assert.deepEqual(await page.evaluate(() => window.hook.data), [1, 2, 3]);
      assert.deepEqual(await page.evaluate(() => window.heard), ['1', '2', '3']);
      await show('/events?text');
      await page.waitForFunction(() => window.hook.data === 'text');
    });

    test('a stream that breaks is reconnecting, and goes on after its last event', async (t) => {
      /** @type {import('node:http').ServerResponse | undefined} */
      let first;
      const { page, requests, show, is, hook } = await visit(t, (_request, response, number) => {
        if (number === 2) {
          response.writeHead(503).end();
          return;
        }
        response.writeHead(200, STREAM);
        response.write(`id: ${number}\ndata: ${number}\n\n`);
        if (number === 1) first = response;
      });
      await show('/events', { retry: { baseDelay: 300, jitter: 'none' } });
      await page.waitForFunction(() => window.hook.data === 1);
      first?.destroy();
      await page.waitForFunction(() => window.hook.attempt === 2);
      const waiting = await hook();
      assert.equal(waiting.status, 'reconnecting');
      assert.equal(waiting.error, 'ERR_SSE_STATUS');
      assert.equal(waiting.data, 1);
      await is('open');
      await page.waitForFunction(() => window.hook.data === 3);
      const opened = await hook();
      assert.deepEqual([opened.attempt, opened.error], [0, null]);
      assert.deepEqual(
        requests.map(({ headers }) => headers['last-event-id']),
        [undefined, '1', '1'],
      );
    });

    test('what is no stream, and what are no options, is an error, and no state is stuck', async (t) => {
      const { page, show, is, hook } = await visit(t);
      for (const [path, [code]] of Object.entries(REFUSALS)) {
        await show(`/${path}`);
        await page.waitForFunction((wanted) => window.hook.error?.code === wanted, code);
        assert.equal((await hook()).status, 'error');
      }
      await show('/events', { proxy: 'http://localhost' });
      await page.waitForFunction(() => window.hook.error?.code === 'ERR_SSE_OPTION');
      await show('ftp://localhost/');
      await page.waitForFunction(() => /http/.test(window.hook.error?.message));
      const failed = await page.evaluate(() => window.failed);
      assert.deepEqual(failed, [
        ...Object.values(REFUSALS).map(([code]) => code),
        'ERR_SSE_OPTION',
        'ERR_SSE_OPTION',
      ]);
      await show('/events');
      await is('open');
    });

    test('close() and reconnect() of the hook', async (t) => {
      const { page, open, requests, show, is } = await visit(t);
      await show('/events');
      await is('open');
      await page.evaluate(() => window.hook.close());
      await is('closed');
      await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
      await page.evaluate(() => window.hook.reconnect());
      await is('open');
      await page.waitForFunction(() => window.hook.data?.number === 2);
      assert.equal(requests[1].headers['last-event-id'], '1');
    });

    test('a page that is left and comes back goes on', async (t) => {
      const { page, open, requests, show, is } = await visit(t);
      await show('/events');
      await is('open');
      await page.goto(`${new URL(page.url()).origin}/page-other`);
      await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
      await page.goBack({ waitUntil: 'commit' });
      await page.waitForFunction(() => window.hook?.data?.number === 2);
      assert.equal(requests[1].headers['last-event-id'], '1');
    });

    if (version === '19') {
      test('a hidden Activity has no stream, and goes on when it is visible', async (t) => {
        const { page, open, requests, show, is, most } = await visit(t);
        await show('/events', undefined, { hidden: true });
        await is('open');
        await page.evaluate(() => window.setMode('hidden'));
        await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
        await page.evaluate(() => window.setMode('visible'));
        await page.waitForFunction(() => window.hook.data?.number === 2);
        assert.equal(requests[1].headers['last-event-id'], '1');
        assert.equal(most(), 1);
      });
    }
  });
}
