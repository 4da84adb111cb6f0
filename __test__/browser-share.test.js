'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { ROOT, bundle } = require('./support/bundle.js');
const { until } = require('./support/deadline.js');
const { launch, startSite, withoutPlaywright } = require('./support/playwright.js');

const PATIENCE_MS = 30_000;

const SCRIPT = `
  import { connect } from 'perennial-sse';
  const heard = [];
  const told = [];
  const stream = connect('/events', { share: true, retry: { baseDelay: 1 } });
  stream.on('event', ({ data }) => heard.push(data));
  stream.on('open', () => told.push('open'));
  Object.assign(window, { heard, told, stream });
`;

/** Where the connection is: in a worker, or where there can be none, in one of the tabs. */
const WAYS = {
  'in a worker': {},
  'in one of the tabs, where there are no such workers': { init: 'delete window.SharedWorker' },
  'in one of the tabs, where a policy forbids workers': {
    headers: { 'content-security-policy': "default-src 'self'; worker-src 'none'" },
  },
};

describe('one connection for all tabs', { skip: withoutPlaywright }, () => {
  let browser;
  let script;
  let worker;
  before(async () => {
    const folder = join(ROOT, 'lib', 'browser', 'share');
    const source = readFileSync(join(folder, 'share.worker.mjs'), 'utf8');
    [browser, script, worker] = await Promise.all([
      launch(),
      bundle(SCRIPT),
      bundle(source, { stdin: { contents: source, resolveDir: folder } }),
    ]);
  });
  after(() => browser?.close());

  for (const [name, { init, headers }] of Object.entries(WAYS)) {
    describe(name, { concurrency: true }, () => {
      /** A site that counts its streams, and three tabs of one browser. */
      async function visit(t) {
        const open = new Set();
        const requests = [];
        let number = 0;
        let most = 0;
        const site = await startSite(
          script,
          (request, response) => {
            if (request.url === '/share.worker.mjs') {
              response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker);
              return;
            }
            requests.push(request);
            open.add(response);
            most = Math.max(most, open.size);
            response.once('close', () => open.delete(response));
            response.writeHead(200, { 'content-type': 'text/event-stream' });
            response.write(':\n\n');
          },
          headers,
        );
        const context = await browser.newContext();
        if (init) await context.addInitScript(init);
        t.after(async () => {
          await context.close();
          site.close();
        });
        const tab = async () => {
          const page = await context.newPage();
          await page.goto(`${site.url}/page`);
          await page.waitForFunction(() => window.told.includes('open'));
          return page;
        };
        const tabs = [await tab(), await tab(), await tab()];
        return {
          site,
          tabs,
          requests,
          open,
          most: () => most,
          /** Says something to whom is connected; every one of these tabs hears it. */
          async say(to) {
            number += 1;
            const text = `event ${number}`;
            await until(() => open.size > 0, PATIENCE_MS, 'a connection');
            for (const response of open) response.write(`id: ${number}\ndata: ${text}\n\n`);
            for (const page of to) {
              await page.waitForFunction((wanted) => window.heard.includes(wanted), text);
            }
          },
        };
      }

      test('three tabs hear everything, over one connection, and it ends with the last', async (t) => {
        const { tabs, requests, open, most, say } = await visit(t);
        await say(tabs);
        const moves = (to) =>
          until(
            () => requests.length === to && open.size === 1,
            PATIENCE_MS,
            'another tab to connect',
          );
        await tabs[0].close();
        if (init || headers) await moves(2);
        await say(tabs.slice(1));
        await tabs[1].close();
        if (init || headers) await moves(3);
        await say(tabs.slice(2));
        // Where another tab takes over, the server may hear of the old connection's end after the new one.
        if (!init && !headers) assert.equal(most(), 1);
        assert.equal(open.size, 1);
        const ids = requests.map(({ headers: sent }) => sent['last-event-id']);
        // A worker outlives its first tab; another tab goes on after the last event.
        assert.deepEqual(ids, init || headers ? [undefined, '1', '2'] : [undefined]);
        await tabs[2].close();
        await until(() => open.size === 0, PATIENCE_MS, 'the end of the connection');
      });

      test('the first tab follows a link, and comes back', async (t) => {
        const { site, tabs, open, say } = await visit(t);
        await say(tabs);
        await tabs[0].goto('about:blank');
        await say(tabs.slice(1));
        await tabs[0].goto(`${site.url}/page`);
        await tabs[0].waitForFunction(() => window.told.includes('open'));
        await say(tabs);
        assert.equal(open.size, 1);
      });

      test('the first tab is busy for long, and the others go on', async (t) => {
        const { tabs, requests, say } = await visit(t);
        await say(tabs);
        const busy = tabs[0].evaluate(() => {
          const until = performance.now() + 9000;
          while (performance.now() < until);
        });
        if (init || headers) {
          await until(() => requests.length === 2, PATIENCE_MS, 'another tab to connect');
          assert.equal(requests[1].headers['last-event-id'], '1');
        }
        await say(tabs.slice(1));
        await busy;
        await say(tabs);
      });
    });
  }

  test('what tabs cannot share is refused at once', async () => {
    const { connect } = require('perennial-sse/browser');
    for (const options of [
      { body: 'x' },
      { terminal: () => false },
      { headers: () => ({}) },
      { pauseWhenHidden: true },
    ]) {
      assert.throws(() => connect('http://localhost/', { share: true, ...options }), {
        code: 'ERR_SSE_OPTION',
        message: /^share is for GET/,
      });
    }
  });
});
