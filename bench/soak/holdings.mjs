// What this process holds, so that two moments can be compared.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import collector from '../../__test__/support/gc.js';
import { descriptors, threads } from '../../__test__/support/proc.js';

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

/** Garbage is not held: it is collected first. Times are since the last call, in milliseconds. */
export async function holdings() {
  const loop = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  await collector.collect(2);
  const { rss, heapUsed } = process.memoryUsage();
  delay.reset();
  return { rss, heap: heapUsed, descriptors: descriptors(), threads: threads(), loop };
}
