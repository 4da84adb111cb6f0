'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { ROOT } = require('./support/bundle.js');
const { launch, startSite, withoutPlaywright } = require('./support/playwright.js');
const { reactPage } = require('./support/react-page.js');

const FOLDER = join(ROOT, 'examples', 'hooks');

/** A page for each of them. */
const PAGES = `
  import { Notifications } from './examples/hooks/notifications.tsx';
  import { useHolySheepStream } from './examples/hooks/use-holysheep-stream.tsx';
  import { useSSE } from './examples/hooks/use-sse.tsx';
  import { useSSEReconnect } from './examples/hooks/use-sse-reconnect.tsx';

  page.joined = [];
  Object.assign(kinds, {
    Notifications,
    Hook({ name }) {
      const hooks = {
        useSSEReconnect: () => useSSEReconnect({ api: '/answers' }),
        useHolySheepStream: () => useHolySheepStream('/answers', 'm'),
        useSSE: () => useSSE('/events', { 'user-joined': ({ name }) => page.joined.push(name) }),
      };
      page.hook = hooks[name]();
      return null;
    },
  });
`;

describe('the hooks of the guides', () => {
  test('are ten lines each, and typed', (t) => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.tsx'));
    assert.equal(files.length, 4);
    const folder = mkdtempSync(join(FOLDER, 'types-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const config = join(folder, 'tsconfig.json');
    const compilerOptions = {
      ...{ strict: true, noEmit: true, jsx: 'react-jsx', module: 'nodenext', target: 'es2022' },
      ...{ lib: ['es2023', 'dom', 'esnext.disposable'], types: ['node'], skipLibCheck: true },
    };
    writeFileSync(
      config,
      JSON.stringify({ compilerOptions, files: files.map((name) => `../${name}`) }),
    );
    execFileSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['--project', config], {
      stdio: 'inherit',
    });
    for (const name of files) {
      const code = readFileSync(join(FOLDER, name), 'utf8').split('\n');
      const lines = code.filter((line) => line !== '' && !line.startsWith('import'));
      assert.ok(lines.length <= 16, `${name} has ${lines.length} lines`);
    }
  });

  describe('in chromium', { skip: withoutPlaywright }, () => {
    let browser;
    let script;
    before(async () => {
      [browser, script] = await Promise.all([launch(), reactPage('19', PAGES)]);
    });
    after(() => browser?.close());

    async function visit(t, kind, props) {
      const site = await startSite(script, (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        if (request.method === 'POST') {
          const chunk = (delta) =>
            `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
          response.end(`${chunk({ content: 'Hel' })}${chunk({ content: 'lo' })}data: [DONE]\n\n`);
          return;
        }
        const one = (id) =>
          `event: notification\ndata: {"id":"${id}","title":"t${id}","body":"b"}\n\n`;
        response.write(`event: user-joined\ndata: {"name":"Ann"}\n\n${one(1)}${one(2)}${one(1)}`);
      });
      const context = await browser.newContext();
      t.after(async () => {
        await context.close();
        site.close();
      });
      const page = await context.newPage();
      await page.goto(`${site.url}/page`);
      await page.evaluate(([name, given]) => window.show(name, given), [kind, props]);
      return page;
    }

    test('useSSEReconnect', async (t) => {
      const page = await visit(t, 'Hook', { name: 'useSSEReconnect' });
      await page.waitForFunction(() => window.hook?.isConnected);
      await page.evaluate(() => window.hook.sendMessage('Hi'));
      await page.waitForFunction(() => window.hook.messages.at(-1)?.content === 'Hello');
      await page.evaluate(() => window.hook.clearMessages());
      await page.waitForFunction(() => window.hook.messages.length === 0);
    });

    test('useHolySheepStream', async (t) => {
      const page = await visit(t, 'Hook', { name: 'useHolySheepStream' });
      await page.waitForFunction(() => window.hook?.isStreaming === false);
      await page.evaluate(() => window.hook.startStream('Hi'));
      await page.waitForFunction(
        () => window.hook.currentContent === 'Hello' && !window.hook.isStreaming,
      );
    });

    test('useSSE', async (t) => {
      const page = await visit(t, 'Hook', { name: 'useSSE' });
      await page.waitForFunction(() => window.joined.includes('Ann') && window.hook.isConnected);
    });

    test('Notifications', async (t) => {
      const page = await visit(t, 'Notifications', { url: '/events' });
      await page.waitForFunction(() => document.querySelectorAll('li').length === 2);
      assert.deepEqual(await page.locator('li').allTextContents(), ['t1: b', 't2: b']);
    });
  });
});
