'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { bundle } = require('./support/bundle.js');
const { Chromium, withoutChromium } = require('./support/chromium.js');
const { CONNECT_PAGE } = require('./support/connect-page.js');
const { until } = require('./support/deadline.js');
const { startSite } = require('./support/playwright.js');

const PATIENCE_MS = 30_000;

/** What a browser tells a page of whether it is shown, in the order in which it came. */
const LIFE = `
  window.life = [];
  const notice = (name) => document.addEventListener(name, () => {
    life.push(name === 'visibilitychange' ? document.visibilityState : name);
  });
  for (const name of ['visibilitychange', 'freeze', 'resume']) notice(name);
`;

/** So long a wait is that only what happens to the page can end it. */
const FOR_EVER = { baseDelay: 3_600_000, maxDelay: 3_600_000 };

// Not by Playwright, for which every page is always in front.
describe('connect() in a tab of chromium', { skip: withoutChromium }, () => {
  let browser;
  let script;
  before(async () => {
    script = await bundle(LIFE + CONNECT_PAGE);
    browser = new Chromium();
  });
  after(() => browser?.close());

  /** A tab in front of the others, and its site; `serve` may answer the first request. */
  async function visit(t, serve) {
    const requests = [];
    const open = new Set();
    const site = await startSite(script, (request, response) => {
      requests.push(request);
      if (requests.length === 1 && serve !== undefined) return serve(response);
      open.add(response);
      response.once('close', () => open.delete(response));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`id: ${requests.length}\ndata: ${requests.length}\n\n`);
    });
    const tab = await browser.open(`${site.url}/page`);
    t.after(async () => {
      await tab.close();
      site.close();
    });
    const becomes = (expression) =>
      tab.evaluate(`new Promise((resolve) => {
        const look = () => ((${expression}) ? resolve() : setTimeout(look, 10));
        look();
      })`);
    return {
      tab,
      requests,
      open,
      connect: (options) =>
        tab.evaluate(
          `void (window.stream = window.open('/events', ${JSON.stringify(options ?? {})}))`,
        ),
      hears: (text) => becomes(`heard.includes('${text}')`),
      tells: (text) => becomes(`told.includes('${text}')`),
      /** Another tab comes to the front. */
      hide: async () => {
        const other = await browser.open(`${site.url}/page-other`);
        t.after(() => other.close());
        await becomes(`life.at(-1) === 'hidden'`);
      },
      lives: (state) => becomes(`life.at(-1) === '${state}'`),
    };
  }

  const refuse = (response) => response.writeHead(503).end();

  test('a wait ends at once when its tab is shown, and only one connection is made', async (t) => {
    const { tab, requests, connect, hears, tells, hide, lives } = await visit(t, refuse);
    await connect({ retry: FOR_EVER });
    await tells('retry ERR_SSE_STATUS');
    await hide();
    assert.equal(requests.length, 1);
    await tab.show();
    await lives('visible');
    await hears('2');
    await hide();
    await tab.show();
    await lives('visible');
    assert.equal(requests.length, 2);
  });

  test('a stream goes on while its tab is hidden', async (t) => {
    const { requests, open, connect, hears, hide } = await visit(t);
    await connect();
    await hears('1');
    await hide();
    const [response] = open;
    response.write('data: behind\n\n');
    await hears('behind');
    assert.equal(requests.length, 1);
  });

  test('one that is to pause ends with its tab, and resumes with it', async (t) => {
    const { tab, requests, open, connect, hears, hide } = await visit(t);
    await connect({ pauseWhenHidden: true });
    await hears('1');
    await hide();
    await until(() => open.size === 0, PATIENCE_MS, 'the end of the connection');
    await tab.show();
    await hears('2');
    assert.deepEqual(
      requests.map(({ headers }) => headers['last-event-id']),
      [undefined, '1'],
    );
  });

  test('a tab that was frozen hears what came, and takes that time for no silence', async (t) => {
    const { tab, requests, open, connect, hears, hide, lives } = await visit(t);
    await connect({ retry: false, timeouts: { idle: 1500 } });
    await hears('1');
    await hide();
    await tab.freeze();
    const frozen = performance.now();
    await until(() => performance.now() - frozen > 4000, PATIENCE_MS, 'four seconds');
    const [response] = open;
    response.write('data: burst\n\n');
    await tab.thaw();
    await lives('resume');
    await hears('burst');
    assert.equal(requests.length, 1);
    assert.equal(await tab.evaluate('told.join()'), 'open');
  });

  test('a wait ends at once when its tab is thawed, although it stays hidden', async (t) => {
    const { tab, requests, connect, hears, tells, hide, lives } = await visit(t, refuse);
    await connect({ retry: FOR_EVER });
    await tells('retry ERR_SSE_STATUS');
    await hide();
    await tab.freeze();
    assert.equal(requests.length, 1);
    await tab.thaw();
    await lives('resume');
    await hears('2');
    assert.equal(await tab.evaluate('document.visibilityState'), 'hidden');
    assert.equal(requests.length, 2);
  });
});
