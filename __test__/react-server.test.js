'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { runChild } = require('./support/child.js');
const { ROOT, bundle } = require('./support/bundle.js');
const { REACTS } = require('./support/react-page.js');

/** A server that renders both hooks, and says what it opened and loaded. */
const SERVER = `
  import { createElement as h } from 'react';
  import { renderToString } from 'react-dom/server';
  import { useAnswer, useEventStream } from 'perennial-sse/react';

  globalThis.fetch = () => { throw new Error('opened'); };
  function Page() {
    const { status, data } = useEventStream('/events', { initial: 'none' });
    const { messages, status: answer } = useAnswer({
      api: '/answers',
      initialMessages: [{ id: '1', role: 'user', content: 'Hello' }],
    });
    return h('p', null, [status, data, answer, messages[0].content].join(' '));
  }
  console.log(renderToString(h(Page)));
`;

describe('on a server', () => {
  for (const [version, modules] of Object.entries(REACTS)) {
    test(`React ${version} renders what there is at first, and nothing is opened`, async (t) => {
      const alias = { react: join(modules, 'react'), 'react-dom': join(modules, 'react-dom') };
      const script = await bundle(SERVER, { alias, platform: 'node', format: 'cjs' });
      const folder = mkdtempSync(join(tmpdir(), 'perennial-react-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const file = join(folder, 'server.cjs');
      writeFileSync(file, script);
      const { stdout, stderr } = await runChild(file);
      assert.equal(stdout, '<p>idle none ready Hello</p>\n');
      assert.equal(stderr, '');
    });
  }

  test('neither the addon nor a built-in module of Node is loaded, by require and by import', async () => {
    for (const load of [`require('perennial-sse/react')`, `await import('perennial-sse/react')`]) {
      const { stdout, stderr } = await runChild('-e', {
        args: [
          `(async () => {
            const { useAnswer, useEventStream } = ${load};
            const loaded = Object.keys(require.cache).filter((path) => /binding|native|\\.node$/.test(path));
            console.log(typeof useAnswer, typeof useEventStream, loaded.length);
          })();`,
        ],
      });
      assert.equal(stdout, 'function function 0\n', stderr);
    }
    // A bundle for browsers fails on such a module.
    await bundle(`export * from 'perennial-sse/react'`);
  });

  test('both doors are marked as client components', () => {
    for (const file of ['index.js', 'index.mjs']) {
      assert.match(readFileSync(join(ROOT, 'lib', 'react', file), 'utf8'), /^'use client';/);
    }
  });
});
