'use strict';

const assert = require('node:assert/strict');
const { readdirSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { Project } = require('./support/consumers/project.js');
const { startSource } = require('./support/consumers/server.js');
const { sample } = require('./support/samples.js');

/** Exact, and the last that run on Node 20. They are too large to be dependencies of the house. */
const RUNNERS = ['jest@30.5.2', 'vitest@4.1.12'];

describe('the packed package under test runners and bundlers', () => {
  const project = new Project();
  let server;

  before(async () => {
    server = await startSource();
    const paths = (await project.pack()).map(({ path }) => path);
    await project.install([...paths, ...RUNNERS], ['--prefer-offline']);
    project.add('jest', 'vitest', 'vite');
    const documented = sample('docs/testing.md', 'stream.test.mjs');
    writeFileSync(join(project.folder, 'vitest', 'documented.test.mjs'), documented);
  });
  after(async () => {
    await server?.close();
    project.remove();
  });

  const runner = (...path) => join(project.folder, 'node_modules', ...path);

  test('Jest runs streams and knows their errors, in scripts and in modules', async () => {
    const report = JSON.parse(
      await project.node(
        [
          '--experimental-vm-modules',
          runner('jest', 'bin', 'jest.js'),
          ...['--rootDir', join(project.folder, 'jest')],
          // One process: the second file gets classes of its own and the same addon.
          ...['--runInBand', '--ci', '--json'],
        ],
        { SERVER: server.url },
      ),
    );
    assert.deepEqual([report.numPassedTests, report.numTotalTests], [4, 4]);
  });

  test('Vitest runs streams and knows their errors, and the test of docs/testing.md passes', async () => {
    const report = JSON.parse(
      await project.node(
        [
          runner('vitest', 'vitest.mjs'),
          'run',
          ...['--root', join(project.folder, 'vitest')],
          '--reporter=json',
        ],
        { SERVER: server.url },
      ),
    );
    assert.deepEqual([report.numPassedTests, report.numTotalTests], [3, 3]);
  });

  test('a bundle for browsers is small and runs without the addon', async () => {
    const vite = runner('vite', 'bin', 'vite.js');
    await project.node([vite, 'build', join(project.folder, 'vite'), '--logLevel=error']);
    const assets = join(project.folder, 'vite', 'dist', 'assets');
    const [script, ...others] = readdirSync(assets);
    assert.deepEqual(others, []);
    const { size } = statSync(join(assets, script));
    assert.ok(size < 20_000, `${size} bytes are under 20 kB`);
    const bundle = join(project.folder, 'bundle.mjs');
    renameSync(join(assets, script), bundle);
    assert.equal(await project.node([bundle]), 'decoded\nERR_SSE_REQUEST\n');
  });
});
