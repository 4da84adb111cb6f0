// `npm test [part of a file name…]`: the core's tests, then everything that JavaScript sees.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms } from '../bench/server.mjs';
import { fail, root, run, say } from './process.mjs';

/** Milliseconds for one file; the longest runs 20,000 streams or 20 seeds of chaos. */
const TIMEOUT_MS = 300_000;

/** Files that measure memory, gaps of the event loop or how long something takes: one at a time. */
const MEASURING = new Set([
  'abort',
  'backpressure',
  'browser-chaos',
  'bench',
  'bench-hubs',
  'chaos',
  'chat-backpressure',
  'chat-chaos',
  'chat-deadline',
  'chat-framing',
  'chat-hostile',
  'chat-lifetime',
  'chat-snapshots',
  'close',
  'collection',
  'endings',
  'event-source-reconnect',
  'fairness',
  'frozen',
  'hostile-events',
  'hostile-server',
  'http2',
  'hub-backpressure',
  'hub-close',
  'hub-lifetime',
  'hub-proxies',
  'lifetime',
  'listener-churn',
  'output-endings',
  'output-heartbeat',
  'packaging',
  'pipe',
  'pool',
  'pool-waits',
  'progress',
  'react-speed',
  'reconnect',
  'relay-memory',
  'reuse',
  'soak',
  'timeouts',
  'turns',
]);

/** How many of the others run beside each other: they wait for most of their time. */
const BESIDE_EACH_OTHER = 2;

const wanted = process.argv.slice(2);

const files = readdirSync(join(root, '__test__'))
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));

if (files.length === 0) fail(`no test file matches ${wanted.join(' ')}`);

if (wanted.length === 0) {
  say('testing the core');
  // Doc tests and the binding are left out: the first are built one by one, the second needs Node.
  const core = ['--no-default-features', '--lib', '--tests'];
  if (!run('cargo', ['test', '--locked', '--quiet', ...core])) fail('the tests of the core failed');
}

if (files.some((name) => name.startsWith('bench'))) {
  // Before the tests: on a busy machine it takes longer than a file of tests may.
  say('building the programs of the benchmark');
  buildPrograms();
}

/** What hubs promise, whichever way clients come in: on the hub's own sockets once more. */
const LISTENING = [
  ...['hub-backpressure', 'hub-close', 'hub-cors', 'hub-lag', 'hub-lifetime', 'hub-replay'],
  ...['hub-revoke', 'hub-tickets', 'hub-wire'],
];

say(`testing the package: ${files.length} files`);
const measures = (file) => MEASURING.has(file.replace('.test.js', ''));
const others = files.filter((file) => !measures(file));
const passed = [test(others, BESIDE_EACH_OTHER), test(files.filter(measures), 1)];
const listening = files.filter((file) => LISTENING.includes(file.replace('.test.js', '')));
if (listening.length > 0) {
  say("testing hubs on sockets of the core's");
  process.env.PERENNIAL_TEST_OUTPUT = 'listen';
  passed.push(test(listening, 1));
}
process.exit(passed.includes(false) ? 1 : 0);

/** Runs as many files at a time; returns whether all passed. */
function test(some, concurrency) {
  if (some.length === 0) return true;
  return run(process.execPath, [
    '--expose-gc',
    '--test',
    '--test-reporter=spec',
    `--test-timeout=${TIMEOUT_MS}`,
    `--test-concurrency=${concurrency}`,
    ...some.map((file) => join('__test__', file)),
  ]);
}
