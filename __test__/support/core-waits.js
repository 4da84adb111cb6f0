'use strict';

const { openSync, readFileSync, readSync, readdirSync } = require('node:fs');

const MS = 1e6;

/** How long some threads of this process have waited for a core, which is the machine's doing. */
class CoreWaits {
  /** Files of the threads; none where the system does not tell. */
  #files = [];
  #buffer = Buffer.alloc(128);
  /** What was seen, oldest first: the moment, and the wait of each thread until then. */
  #seen = [];

  /** @param {RegExp} [names] of the threads to watch beside the main one; Linux only */
  constructor(names) {
    if (process.platform !== 'linux') return;
    for (const id of readdirSync('/proc/self/task')) {
      const task = `/proc/self/task/${id}`;
      const watched =
        Number(id) === process.pid || names?.test(readFileSync(`${task}/comm`, 'utf8'));
      if (watched) this.#files.push(openSync(`${task}/schedstat`));
    }
    this.look();
  }

  /** Looks at them; the more often, the more precise the answers. */
  look() {
    const waits = this.#files.map((file) => {
      const length = readSync(file, this.#buffer, 0, this.#buffer.length, 0);
      return Number(this.#buffer.toString('latin1', 0, length).split(' ')[1]) / MS;
    });
    this.#seen.push({ at: Number(process.hrtime.bigint()) / MS, waits });
  }

  /**
   * For how long at least one of them has waited between a moment and the last look, in milliseconds.
   *
   * @param {number} from the moment, in milliseconds of `process.hrtime`
   */
  since(from) {
    const before = this.#seen.findLast(({ at }) => at <= from) ?? this.#seen[0];
    // By then it may have waited for all of the time since it was looked at.
    const most = Math.max(0, from - before.at);
    return Math.max(
      0,
      ...this.#seen.at(-1).waits.map((wait, thread) => wait - before.waits[thread] - most),
    );
  }
}

module.exports = { CoreWaits };
