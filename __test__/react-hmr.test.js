'use strict';

const assert = require('node:assert/strict');
const { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { test } = require('node:test');
const { ROOT } = require('./support/bundle.js');
const { until } = require('./support/deadline.js');
const { launch, withoutPlaywright } = require('./support/playwright.js');

const PATIENCE_MS = 60_000;

const EDITS = 5;

/** When a file is saved again. */
const AGAIN_MS = 2000;

const PAGE = '<!doctype html><div id="root"></div><script type="module" src="/main.jsx"></script>';

const MAIN = `
  import { StrictMode } from 'react';
  import { createRoot } from 'react-dom/client';
  import { App } from './app.jsx';

  const root = createRoot(document.getElementById('root'));
  const show = (Component) => root.render(<StrictMode><Component /></StrictMode>);
  show(App);
  window.loads = (window.loads ?? 0) + 1;
  import.meta.hot.accept('./app.jsx', (edited) => show(edited.App));
`;

/** The component, as it is after so many edits. */
const app = (edit) => `
  import { useEventStream } from 'perennial-sse/react';

  export function App() {
    const { data, status } = useEventStream('/events');
    return <p>edit ${edit}, {status}: {data?.text}</p>;
  }
`;

const say = (response, text) => response.write(`data: ${JSON.stringify({ text })}\n\n`);

/** What users have: a folder of their own, with packages in it. */
function project(t) {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-hmr-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['react', 'react-dom']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  symlinkSync(ROOT, join(folder, 'node_modules', 'perennial-sse'), 'junction');
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'main.jsx'), MAIN);
  writeFileSync(join(folder, 'app.jsx'), app(0));
  return folder;
}

test('five edits of a component on the development server of Vite never open a second stream', {
  skip: withoutPlaywright,
}, async (t) => {
  const folder = project(t);
  const open = new Set();
  let requests = 0;
  let most = 0;
  const streams = {
    name: 'streams',
    configureServer({ middlewares }) {
      middlewares.use('/events', (_request, response) => {
        requests += 1;
        open.add(response);
        most = Math.max(most, open.size);
        response.once('close', () => open.delete(response));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        say(response, 'hello');
      });
    },
  };
  const { createServer } = await import('vite');
  const server = await createServer({
    configFile: false,
    root: folder,
    logLevel: 'error',
    plugins: [streams],
    server: { host: '127.0.0.1', port: 0 },
    optimizeDeps: {
      include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'perennial-sse/react'],
    },
  });
  t.after(() => server.close());
  await server.listen();
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const shows = (text, timeout = PATIENCE_MS) =>
    page.waitForFunction((wanted) => document.body.textContent.includes(wanted), text, { timeout });
  /** Vite overlooks an edit that comes right after another one: then it is saved again, as a user would. */
  const save = async (edit) => {
    for (let tries = 0; tries < PATIENCE_MS / AGAIN_MS; tries += 1) {
      writeFileSync(join(folder, 'app.jsx'), app(edit));
      const shown = await shows(`edit ${edit}, open`, AGAIN_MS).catch(() => undefined);
      if (shown !== undefined) return;
    }
    assert.fail(`edit ${edit} was never shown`);
  };
  await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
  await shows('edit 0, open: hello');
  for (let edit = 1; edit <= EDITS; edit += 1) {
    await save(edit);
    // It is another component, which has the stream of the one before, and hears what comes from now on.
    for (const response of open) say(response, `after ${edit}`);
    await shows(`edit ${edit}, open: after ${edit}`);
  }
  // The page was never loaded anew, which would hide all of this.
  assert.equal(await page.evaluate(() => window.loads), 1);
  assert.deepEqual([requests, most, open.size], [1, 1, 1]);
  await page.goto('about:blank');
  await until(() => open.size === 0, PATIENCE_MS, 'the end of the stream');
});
