'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const http = require('node:http');
const { tmpdir } = require('node:os');
const { extname, join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { ROOT } = require('./support/bundle.js');
const { launch, withoutPlaywright } = require('./support/playwright.js');

const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };

const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** The pages in React of the examples, what their server says, and what they then show. */
const PAGES = {
  dashboard: {
    says:
      event('price-update', { fruit: 'apples', cents: 200 }) +
      event('user-joined', { user: 'ann', clients: 2 }) +
      event('price-update', { fruit: 'apples', cents: 210 }),
    shows: ['apples', '2.10', 'open', 'ann: user-joined, 2 looking'],
  },
  notifications: {
    says: ['1', '2', '1']
      .map((id) => event('notification', { id, title: `title ${id}`, body: 'body', timestamp: 0 }))
      .join(''),
    shows: ['open', 'title 1', 'title 2'],
  },
};

describe('pages of the examples, built by Vite', { skip: withoutPlaywright }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  for (const [name, { says, shows }] of Object.entries(PAGES)) {
    test(name, async (t) => {
      const { build } = await import('vite');
      const folder = mkdtempSync(join(tmpdir(), 'perennial-vite-'));
      t.after(() => rmSync(folder, { recursive: true }));
      await build({
        configFile: join(ROOT, 'examples', name, 'react', 'vite.config.mjs'),
        root: join(ROOT, 'examples', name, 'react'),
        logLevel: 'error',
        build: { outDir: folder, emptyOutDir: true },
        resolve: { alias: { 'perennial-sse/react': join(ROOT, 'lib', 'react', 'index.mjs') } },
      });
      const assets = readdirSync(join(folder, 'assets'));
      // What tabs share is a file of its own, which the browser loads when it is wanted.
      assert.ok(
        assets.some((file) => file.startsWith('share.worker')),
        assets.join(', '),
      );
      const asked = [];
      const server = http.createServer((request, response) => {
        const path = request.url.split('?')[0];
        asked.push(path);
        if (path !== '/events') {
          const file = path === '/' ? '/index.html' : path;
          response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' });
          response.end(file === '/favicon.ico' ? '' : readFileSync(join(folder, file)));
          return;
        }
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(says);
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const context = await browser.newContext();
      t.after(async () => {
        await context.close();
        server.close();
        server.closeAllConnections();
      });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/?user=ann`);
      await page.waitForFunction(
        (texts) => texts.every((text) => document.body.textContent.includes(text)),
        shows,
      );
      if (name === 'notifications') {
        assert.ok(
          asked.some((path) => path.includes('share.worker')),
          asked.join(', '),
        );
        assert.equal(await page.locator('li').count(), 2);
      }
    });
  }
});
