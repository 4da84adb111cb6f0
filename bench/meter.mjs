import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What a stretch of time cost this process, or the CPU of another. */
export class Meter {
  #pid;
  #started = performance.now();
  #cpu;
  #thread = threadTime();
  #loop = performance.eventLoopUtilization();

  /** @param {number} [pid] whose CPU counts, if not this process's; Linux only */
  constructor(pid) {
    this.#pid = pid;
    this.#cpu = this.#spent();
  }

  /** Microseconds since the meter was made. */
  read() {
    const { active } = performance.eventLoopUtilization(this.#loop);
    return {
      elapsed: (performance.now() - this.#started) * 1e3,
      /** Of all threads. */
      cpu: this.#spent() - this.#cpu,
      /** How long the event loop was not waiting for anything to do. */
      jsThread: active * 1e3,
      /** The same without the time in which another thread had the CPU. Linux only. */
      jsCpu: threadTime() - this.#thread,
    };
  }

  #spent() {
    if (this.#pid !== undefined) return processTime(this.#pid);
    const { user, system } = process.cpuUsage();
    return user + system;
  }
}

/** The CPU time of all threads of a process. */
function processTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => timeOf(`/proc/${pid}/task/${thread}/schedstat`));
  return times.reduce((sum, time) => sum + time, 0);
}

const timeOf = (path) => Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e3;

function threadTime() {
  if (process.platform !== 'linux') return Number.NaN;
  return timeOf(`/proc/self/task/${process.pid}/schedstat`);
}
