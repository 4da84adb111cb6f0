// A server of numbered events that breaks off in every way a network knows. It keeps nothing of a
// client: what to send next is told by `Last-Event-ID` alone.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS } from './faults.mjs';

/** Events between two pauses, and how long these are: some 200 events a second. */
const BURST = 4;
const PAUSE_MS = 20;

export class HostileServer {
  #total;
  /** Faults still to come. */
  #plan;
  #http;
  #port = 0;
  #busy = false;
  /** The end of an absence, if there is one. */
  #back = Promise.resolve();

  /** How often each kind of fault was committed. */
  committed = new Map();

  /**
   * @param {number} total how many events there are
   * @param {Map<number, string>} plan the faults by the number of the event that they spoil
   */
  constructor(total, plan) {
    this.#total = total;
    this.#plan = new Map(plan);
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/events`;
  }

  async listen() {
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#http.listen(this.#port, '127.0.0.1');
    await once(this.#http, 'listening');
    this.#port = this.#http.address().port;
  }

  /** Answers the next request with 503. */
  refuseNext() {
    this.#busy = true;
  }

  /** Closes every connection and the port, and is back after `ms` milliseconds. */
  away(ms) {
    this.#stop();
    this.#back = sleep(ms).then(() => this.listen());
  }

  async close() {
    await this.#back;
    this.#stop();
  }

  #stop() {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #answer(request, response) {
    if (this.#busy) {
      this.#busy = false;
      response.writeHead(503, { 'retry-after': '1' }).end('busy');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let number = Number(request.headers['last-event-id'] ?? 0) + 1;
    for (; number <= this.#total && !response.destroyed; number++) {
      const text = `id: ${number}\ndata: ${payload(number)}\n\n`;
      const kind = this.#plan.get(number);
      if (kind !== undefined) {
        this.#plan.delete(number);
        this.committed.set(kind, (this.committed.get(kind) ?? 0) + 1);
        FAULTS[kind].commit(this, response, text);
        return;
      }
      response.write(text);
      if (number % BURST === 0) await sleep(PAUSE_MS);
    }
    // What the client must have read by now, so that it can check.
    response.end(`event: done\ndata: ${this.#digest()}\n\n`);
  }

  #digest() {
    const hash = createHash('sha256');
    for (let number = 1; number <= this.#total; number++) hash.update(payload(number));
    return hash.digest('hex');
  }
}

const payload = (number) =>
  JSON.stringify({ number, square: number ** 2, hex: number.toString(16) });
