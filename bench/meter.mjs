import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What a stretch of time cost this process. */
export class Meter {
  #started = performance.now();
  #cpu = process.cpuUsage();
  #thread = threadTime();
  #loop = performance.eventLoopUtilization();

  /** Microseconds since the meter was made. */
  read() {
    const { active } = performance.eventLoopUtilization(this.#loop);
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      elapsed: (performance.now() - this.#started) * 1e3,
      /** Of all threads. */
      cpu: user + system,
      /** How long the event loop was not waiting for anything to do. */
      jsThread: active * 1e3,
      /** The same without the time in which another thread had the CPU. Linux only. */
      jsCpu: threadTime() - this.#thread,
    };
  }
}

function threadTime() {
  if (process.platform !== 'linux') return Number.NaN;
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e3;
}
