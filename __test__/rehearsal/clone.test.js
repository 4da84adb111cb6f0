'use strict';

const { cpSync, utimesSync } = require('node:fs');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { PLATFORM, ROOT, run } = require('../support/consumers/project.js');
const { BareMachine } = require('./bare-machine.js');

/** What `npm test` is asked for, if not everything. */
const PARTS = process.env.PERENNIAL_TEST_PARTS?.split(',') ?? [];

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

describe('a machine with the base of Debian, Node, cargo and a C compiler', () => {
  const machine = new BareMachine();

  before(async () => {
    const started = performance.now();
    await machine.make({ packages: ['build-essential'] });
    machine.connect();
    machine.shareCargo();
    await run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, machine.at(machine.folder)], {
      cwd: ROOT,
    });
    // Building it takes minutes, and is what every run of CI shows.
    const addon = join(machine.at(machine.folder), PLATFORM.file);
    cpSync(join(ROOT, PLATFORM.file), addon);
    utimesSync(addon, new Date(), new Date());
    console.log(`the machine was made in ${seconds(started)} s`);
  });
  after(() => machine.remove());

  test('runs the demo from a clone', async () => {
    const started = performance.now();
    await machine.watch(['npm', 'run', 'demo']);
    console.log(`npm run demo: ${seconds(started)} s`);
  });

  test('runs the tests from a clone', async () => {
    const started = performance.now();
    await machine.watch(['npm', 'test', ...(PARTS.length > 0 ? ['--', ...PARTS] : [])]);
    console.log(`npm test: ${seconds(started)} s`);
  });
});
