'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { after, before, describe, test } = require('node:test');
const { bundle } = require('./support/bundle.js');
const { CONNECT_PAGE } = require('./support/connect-page.js');
const { until } = require('./support/deadline.js');
const { launch, startSite, withoutPlaywright } = require('./support/playwright.js');

const PATIENCE_MS = 30_000;

describe('connect() in chromium', { skip: withoutPlaywright }, () => {
  let browser;
  let script;
  before(async () => {
    [browser, script] = await Promise.all([launch(), bundle(CONNECT_PAGE)]);
  });
  after(() => browser?.close());

  /** A site of which each event stream counts its requests; `serve` may answer in its place. */
  async function visit(t, serve) {
    const requests = [];
    const open = new Set();
    const site = await startSite(script, (request, response) => {
      requests.push(request);
      open.add(response);
      response.once('close', () => open.delete(response));
      if (serve?.(request, response, requests.length)) return;
      speak(response, requests.length);
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    t.after(async () => {
      await context.close();
      site.close();
    });
    return {
      site,
      context,
      page,
      requests,
      open,
      ids: () => requests.map(({ headers }) => headers['last-event-id']),
      hears: (...wanted) =>
        page.waitForFunction((texts) => texts.every((text) => window.heard.includes(text)), wanted),
      tells: (wanted) => page.waitForFunction((text) => window.told.includes(text), wanted),
    };
  }

  function speak(response, number) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`id: ${number}\ndata: ${number}\n\n`);
  }

  test('a page that is left hangs up; one that comes back resumes after its last event', async (t) => {
    const { site, page, open, ids, hears } = await visit(t);
    await page.goto(`${site.url}/page?open=/events`);
    await hears('1');
    await page.goto(`${site.url}/page-other`);
    await until(() => open.size === 0, PATIENCE_MS, 'the end of the connection');
    await page.goBack({ waitUntil: 'commit' });
    await hears('1', '2');
    assert.equal(open.size, 1);
    assert.deepEqual(ids(), [undefined, '1']);
  });

  test('an answer to a POST is not asked for again when its page comes back', async (t) => {
    const { site, page, requests, hears, tells } = await visit(t);
    await page.goto(`${site.url}/page`);
    await page.evaluate(() => {
      window.stream = window.open('/events', { body: {} });
    });
    await hears('1');
    await page.goto(`${site.url}/page-other`);
    await page.goBack({ waitUntil: 'commit' });
    await tells('close ERR_SSE_RESET');
    assert.equal(requests.length, 1);
  });

  test('nine pages of a site over HTTP/1.1 do not stall', async (t) => {
    const { site, page, open, hears } = await visit(t);
    for (let number = 1; number <= 9; number++) {
      await page.goto(`${site.url}/page-${number}?open=/events`);
      await hears(`${number}`);
    }
    assert.equal(open.size, 1);
  });

  test('the sixth stream of a page to one host over HTTP/1.1 is warned of, once', async (t) => {
    const { site, page, open } = await visit(t);
    const warnings = [];
    page.on('console', (message) => warnings.push(message.text()));
    await page.goto(`${site.url}/page`);
    const count = (to) =>
      page.evaluate(async (wanted) => {
        window.streams ??= [];
        while (window.streams.length < wanted) {
          const stream = window.open('/events');
          window.streams.push(stream);
          await stream.opened;
        }
      }, to);
    await count(5);
    assert.deepEqual(warnings, []);
    await count(6);
    await until(() => warnings.length > 0, PATIENCE_MS, 'the warning');
    assert.match(warnings[0], /^perennial-sse: 6 streams to 127\.0\.0\.1/);
    await page.evaluate(() => window.streams.map((stream) => stream.close()));
    await until(() => open.size === 0, PATIENCE_MS, 'the end of the streams');
    assert.equal(warnings.length, 1);
  });

  test('the time in which a page was frozen is no silence', async (t) => {
    const responses = [];
    const { site, page, requests, hears } = await visit(t, (_request, response) => {
      responses.push(response);
      return false;
    });
    await page.goto(`${site.url}/page`);
    await page.evaluate(() => {
      window.stream = window.open('/events', { retry: false, timeouts: { idle: 1500 } });
    });
    await hears('1');
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    const signal = (name) => {
      for (const { id } of renderers) process.kill(id, name);
    };
    signal('SIGSTOP');
    const frozen = performance.now();
    await until(() => performance.now() - frozen > 4000, PATIENCE_MS, 'four seconds');
    responses[0].write('data: burst\n\n');
    signal('SIGCONT');
    await hears('burst');
    assert.equal(requests.length, 1);
    const told = await page.evaluate(() => window.told);
    assert.deepEqual(told, ['open']);
  });

  test('offline, a stream that is open goes on; one that waits connects at once when online', async (t) => {
    const responses = [];
    const { site, context, page, requests, hears, tells } = await visit(t, (_request, response) => {
      responses.push(response);
      return false;
    });
    await page.goto(`${site.url}/page`);
    await page.evaluate(() => {
      const retry = { baseDelay: 3_600_000, maxDelay: 3_600_000 };
      window.stream = window.open('/events', { retry });
    });
    await hears('1');
    await context.setOffline(true);
    responses[0].write('data: still here\n\n');
    await hears('still here');
    responses[0].destroy();
    await tells('retry ERR_SSE_RESET');
    await context.setOffline(false);
    await hears('2');
    assert.equal(requests.length, 2);
  });

  test('to another origin the header needs a preflight that the server answers, a query needs none', async (t) => {
    const seen = [];
    let allows = '';
    const other = http.createServer((request, response) => {
      seen.push([request.method, request.url, request.headers['last-event-id']]);
      const cors = { 'access-control-allow-origin': '*' };
      if (request.method === 'OPTIONS') {
        const allowed = allows === '' ? {} : { 'access-control-allow-headers': allows };
        response.writeHead(allows === '' ? 405 : 204, { ...cors, ...allowed }).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream', ...cors });
      response.write('id: a\ndata: x\n\n');
      if (seen.filter(([method]) => method === 'GET').length === 1) response.end();
    });
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      other.close();
      other.closeAllConnections();
    });
    const { site, page, tells } = await visit(t);
    await page.goto(`${site.url}/page`);
    const open = (options) =>
      page.evaluate(
        ([url, given]) => {
          window.told.length = 0;
          window.stream?.close();
          window.stream = window.open(url, { retry: { baseDelay: 1 }, ...given });
        },
        [`http://127.0.0.1:${other.address().port}/events`, options],
      );
    await open({});
    await tells('retry ERR_SSE_CONNECT');
    assert.deepEqual(seen.map(([method]) => method).slice(0, 2), ['GET', 'OPTIONS']);
    allows = 'last-event-id';
    await page.waitForFunction(() => window.told.at(-1) === 'open');
    assert.deepEqual(seen.at(-1), ['GET', '/events', 'a']);
    allows = '';
    seen.length = 0;
    await open({ resume: { query: 'lastEventId' } });
    await page.waitForFunction(() => window.told.filter((one) => one === 'open').length === 2);
    assert.deepEqual(
      seen.map(([method, url]) => `${method} ${url}`),
      ['GET /events', 'GET /events?lastEventId=a'],
    );
  });
});
