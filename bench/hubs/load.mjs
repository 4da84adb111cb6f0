// The clients of a hub: a Rust program, bench/load, that takes orders and tells what it received.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onCores } from '../cores.mjs';
import { loadProgram } from '../server.mjs';

/** It ends with this process, and this process with it if it fails. */
export class Load {
  #program;
  /** How many clients read. */
  readers = 0;
  /** Who waits for the answer to an order. */
  #answered;
  /** Who waits for an event, by its number. */
  #reached = new Map();

  /**
   * @param {number} port
   * @param {number} bytes of the data of each event
   * @param {number[]} [cores] that it may run on
   */
  constructor(port, bytes, cores) {
    const [first, ...args] = onCores(cores, [loadProgram, `${port}`, `${bytes}`]);
    this.#program = spawn(first, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#program.on('error', fail).on('exit', () => process.exit(1));
    createInterface(this.#program.stdout).on('line', (line) => this.#take(JSON.parse(line)));
  }

  /** Resolves once as many more clients have the head of their response. */
  async open(clients) {
    await this.#order(`open ${clients}`);
    this.readers += clients;
  }

  /** The newest clients never read again. */
  async stall(clients) {
    await this.#order(`stall ${clients}`);
    this.readers -= clients;
  }

  /** From now on it hashes what clients receive. */
  check = () => this.#order('check');

  /** The checksum of what each client received since then; they must have received the same. */
  sum = async () => (await this.#order('sum')).checksum;

  /** Forgets what it has measured. */
  begin = () => this.#order('begin');

  /**
   * Deliveries since then, and how long they took, in milliseconds.
   *
   * @returns {Promise<{ deliveries: number, p50: number, p99: number }>}
   */
  async end() {
    const { deliveries, p50, p99 } = await this.#order('end');
    return { deliveries, p50: p50 / 1e3, p99: p99 / 1e3 };
  }

  /**
   * Resolves once all clients that read have an event, with how long the last one took, in milliseconds.
   *
   * @param {number} number the next one, or one that is under way
   * @returns {Promise<number>}
   */
  reached(number) {
    return new Promise((resolve) => {
      this.#reached.set(number, resolve);
    });
  }

  /** Resolves once it has ended, before a hub does whose end it would take for a failure. */
  async stop() {
    this.#program.removeAllListeners('exit').stdin.end();
    await once(this.#program, 'exit');
  }

  #order(line) {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#program.stdin.write(`${line}\n`);
    });
  }

  #take({ event, last, ...answer }) {
    if (event === undefined) return this.#answered(answer);
    this.#reached.get(event)?.(last / 1e6);
    this.#reached.delete(event);
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
