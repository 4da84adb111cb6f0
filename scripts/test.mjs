// `npm test [part of a file name…]`: the core's tests, then everything that JavaScript sees.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, say } from './process.mjs';

/** Milliseconds for one file; the longest runs 20,000 streams or 20 seeds of chaos. */
const TIMEOUT_MS = 300_000;

const wanted = process.argv.slice(2);

const files = readdirSync(join(root, '__test__'))
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .map((name) => join('__test__', name));

if (files.length === 0) fail(`no test file matches ${wanted.join(' ')}`);

if (wanted.length === 0) {
  say('testing the core');
  // Doc tests and the binding are left out: the first are built one by one, the second needs Node.
  const core = ['--no-default-features', '--lib', '--tests'];
  if (!run('cargo', ['test', '--locked', '--quiet', ...core])) fail('the tests of the core failed');
}

say(`testing the package: ${files.length} files`);
const passed = run(process.execPath, [
  '--expose-gc',
  '--test',
  '--test-reporter=spec',
  `--test-timeout=${TIMEOUT_MS}`,
  // One file at a time: some measure memory, event-loop gaps and closes within 100 ms.
  '--test-concurrency=1',
  ...files,
]);
process.exit(passed ? 0 : 1);
