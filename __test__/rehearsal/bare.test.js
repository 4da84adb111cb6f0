'use strict';

const assert = require('node:assert/strict');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { EXAMPLES } = require('../support/readme-examples.js');
const { BareMachine } = require('./bare-machine.js');
const { Registry } = require('./registry.js');

/** In how many seconds a newcomer has the package, and has seen all examples of the README. */
const MINUTE = 60;

const seconds = (since) => (performance.now() - since) / 1000;

describe('a machine with the base of Debian and Node', () => {
  const registryFolder = mkdtempSync(join(tmpdir(), 'perennial-sse-'));
  const registry = new Registry();
  const machine = new BareMachine();
  let spent = 0;

  before(async () => {
    await registry.start(registryFolder);
    await registry.publish();
    const started = performance.now();
    await machine.make();
    console.log(`the machine was made in ${seconds(started).toFixed(1)} s`);
  });
  after(async () => {
    machine.remove();
    await registry.stop();
    rmSync(registryFolder, { recursive: true, force: true, maxRetries: 3 });
  });

  const timed = async (what, action) => {
    const started = performance.now();
    await action();
    spent += seconds(started);
    console.log(`${what}: ${seconds(started).toFixed(1)} s`);
  };

  test('has no compiler', async () => {
    for (const program of ['cc', 'gcc', 'cargo', 'python3'])
      await assert.rejects(machine.type(['which', program]));
  });

  test('installs the package', async () => {
    machine.write('.npmrc', `registry=${registry.url}\n`);
    machine.write('package.json', '{ "private": true, "type": "module" }\n');
    await timed('npm install', () => machine.type(['npm', 'install', 'perennial-sse']));
  });

  const folder = {
    write: (name, code) => machine.write(name, code),
    run: (file, env) => machine.type(['node', file], env),
    start: (file, env) => machine.start(file, env),
  };

  for (const [promise, holds] of Object.entries(EXAMPLES)) {
    test(promise, (t) => timed(promise, () => holds(t, folder)));
  }

  test('all of that takes less than a minute', () => {
    console.log(`installed, and all examples seen, in ${spent.toFixed(1)} s`);
    assert.ok(spent < MINUTE, `${spent} s`);
  });
});
