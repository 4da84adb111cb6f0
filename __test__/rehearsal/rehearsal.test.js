'use strict';

const assert = require('node:assert/strict');
const { cpSync, mkdtempSync, readFileSync } = require('node:fs');
const { renameSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { TARGET } = require('../../lib/core/target.js');
const { NextApp } = require('../next/app.js');
const { visit } = require('../support/browser.js');
const { run } = require('../support/consumers/project.js');
const { startSource } = require('../support/consumers/server.js');
const { CleanMachine } = require('./clean-machine.js');
const { MANAGERS } = require('./managers.js');
const { Registry } = require('./registry.js');

const wanted = process.env.REHEARSE?.split(',') ?? [...Object.keys(MANAGERS), 'next', 'source'];

/** How long compiling may take, also on a busy machine. */
const BUILD_MS = 1_800_000;

/** What the stream that every program reads brings. */
const READ = '["one","two"]\n';

describe('the published package, where nothing can be compiled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-sse-'));
  const registry = new Registry();
  const rows = [];
  let env;
  let server;

  before(async () => {
    await registry.start(folder);
    await registry.publish();
    server = await startSource();
    env = { SERVER: server.url };
  });
  after(async () => {
    await server?.close();
    await registry.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    for (const row of rows) console.log(row);
  });

  for (const [name, manager] of Object.entries(MANAGERS).filter(([one]) => wanted.includes(one))) {
    describe(name, () => {
      let machine;
      let seconds;

      before(async () => {
        machine = new CleanMachine(registry.url, await manager.programs());
        manager.configure?.(machine.folder, registry.url);
        const started = performance.now();
        for (const command of manager.install) await machine.type(command);
        seconds = (performance.now() - started) / 1000;
        cpSync(join(__dirname, 'stream.mjs'), join(machine.folder, 'stream.mjs'));
      });
      after(() => machine?.remove());

      for (const [runtime, command] of Object.entries(manager.run)) {
        test(`installs what ${runtime} runs a stream with`, async () => {
          const size = machine.size.toFixed(1);
          assert.equal(await machine.type([...command, 'stream.mjs'], env), READ);
          rows.push(`| ${name} | ${runtime} | ${seconds.toFixed(1)} s | ${size} MB | works |`);
        });
      }

      if (manager.omit) {
        test('without optional dependencies, the error says what to type, and that mends it', async () => {
          rmSync(join(machine.folder, 'node_modules'), { recursive: true });
          await machine.type(manager.omit);
          const failed = await machine
            .type([...manager.run.node, 'stream.mjs'], env)
            .catch((e) => e);
          const [line] = /perennial-sse has no addon for .*/.exec(failed.message);
          assert.match(line, /the package perennial-sse-\S+ is missing/);
          assert.ok(line.includes(`"${manager.remedy.join(' ')}"`), line);
          await machine.type(manager.remedy);
          assert.equal(await machine.type([...manager.run.node, 'stream.mjs'], env), READ);
        });
      }

      if (manager.lockFile) {
        test('with a lock file made elsewhere, the error says what to type, and that mends it', async () => {
          const path = join(machine.folder, manager.lockFile);
          const { packages, ...lock } = JSON.parse(readFileSync(path, 'utf8'));
          const others = Object.entries(packages).filter(([place]) => !place.endsWith(TARGET));
          writeFileSync(path, JSON.stringify({ ...lock, packages: Object.fromEntries(others) }));
          // What older versions of npm make of that; newer ones notice.
          const modules = join(machine.folder, 'node_modules');
          rmSync(join(modules, `perennial-sse-${TARGET}`), { recursive: true });
          rmSync(join(modules, '.package-lock.json'));
          const failed = await machine.type(['node', 'stream.mjs'], env).catch((e) => e);
          const [, typed] = /is missing, also in .*; type "([^"]+)"/.exec(failed.message);
          for (const command of typed.split(' && ')) await machine.type(command.split(' '));
          assert.equal(await machine.type(['node', 'stream.mjs'], env), READ);
        });
      }

      if (manager.compile) {
        test('becomes part of one program, which needs no other file', async (t) => {
          const alone = mkdtempSync(join(tmpdir(), 'perennial-sse-'));
          t.after(() => rmSync(alone, { recursive: true, force: true }));
          await machine.type(manager.compile);
          renameSync(join(machine.folder, 'stream'), join(alone, 'stream'));
          assert.equal(await run(join(alone, 'stream'), [], { cwd: alone, env }), READ);
        });
      }
    });
  }

  test('`perennial-sse build` makes what no package has', {
    skip: !wanted.includes('source'),
  }, async (t) => {
    const machine = new CleanMachine(registry.url, await MANAGERS.npm.programs());
    t.after(() => machine.remove());
    await machine.type(['npm', 'install', '--omit=optional', 'perennial-sse']);
    cpSync(join(__dirname, 'stream.mjs'), join(machine.folder, 'stream.mjs'));
    const program = join(machine.folder, 'node_modules', 'perennial-sse', 'lib', 'cli', 'main.js');
    // With what this machine has: Rust and a C compiler.
    await run(process.execPath, [program, 'build'], { cwd: machine.folder, timeout: BUILD_MS });
    assert.equal(await machine.type(['node', 'stream.mjs'], env), READ);
  });

  describe('in Next.js', { skip: !wanted.includes('next') }, () => {
    const app = new NextApp();

    before(() => app.install(registry.url));
    after(() => app.remove());

    test('the standalone server has the addon with it', async () => {
      await app.build('turbopack');
      const standalone = await app.startStandalone({ UPSTREAM_URL: `${server.url}/events` });
      try {
        const visitor = await visit(`${standalone.url}/events`);
        assert.equal((await visitor.next()).data, 'one');
        visitor.leave();
      } finally {
        await standalone.stop();
      }
    });
  });
});
