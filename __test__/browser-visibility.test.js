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
    /** What the server has said, which it says again to those that have not heard it. */
    const said = [];
    const eventOf = (text, index) => `id: ${index + 1}\ndata: ${text}\n\n`;
    const site = await startSite(script, (request, response) => {
      requests.push(request);
      if (requests.length === 1 && serve !== undefined) return serve(response);
      open.add(response);
      response.once('close', () => open.delete(response));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const heard = Number(request.headers['last-event-id'] ?? 0);
      if (said.length <= heard) said.push(String(requests.length));
      return response.write(said.map(eventOf).slice(heard).join(''));
    });
    const tab = await browser.open(`${site.url}/page`);
    t.after(async () => {
      await tab.close();
      site.close();
    });
    // Asked for from here: a tab that is hidden has timers of a second, and a frozen one has none.
    const becomes = async (expression) => {
      const started = performance.now();
      while (!(await tab.evaluate(expression))) {
        assert.ok(performance.now() - started < PATIENCE_MS, `waited in vain for ${expression}`);
      }
    };
    return {
      tab,
      requests,
      open,
      say: (text) => {
        said.push(text);
        for (const response of open) response.write(eventOf(text, said.length - 1));
      },
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
    const { requests, say, connect, hears, hide } = await visit(t);
    await connect();
    await hears('1');
    await hide();
    say('behind');
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

  test('a tab that was frozen hears what came meanwhile, once', async (t) => {
    const { tab, open, say, connect, hears, hide } = await visit(t);
    await connect({ timeouts: { idle: 1500 } });
    await hears('1');
    await hide();
    await tab.freeze();
    const frozen = performance.now();
    await until(() => performance.now() - frozen > 4000, PATIENCE_MS, 'four seconds');
    say('while frozen');
    await tab.thaw();
    await tab.show();
    // On its old connection, or, where chromium keeps back what came on that, on a new one.
    await hears('while frozen');
    say('afterwards');
    await hears('afterwards');
    assert.equal(await tab.evaluate('heard.join()'), '1,while frozen,afterwards');
    assert.equal(await tab.evaluate('life.join()'), 'hidden,freeze,resume,visible');
    assert.equal(open.size, 1);
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
