// Events whose data tells their number and when they were sent.

import { setTimeout as sleep } from 'node:timers/promises';

/** Digits, as bench/load reads them. */
const NUMBER = 8;
const SENT = 20;

/** So many events are compared before anything is measured. */
const CHECKED = 5;

/** Milliseconds between two looks at how many clients a hub has. */
const LOOK = 5;

export class Publisher {
  #application;
  #load;
  #filler;
  #number = 0;

  /**
   * @param {object} application
   * @param {(data: string, number: number) => void} application.publish
   * @param {() => number | Promise<number>} application.clients
   * @param {number} [application.pid] of the process that serves, if that is another
   * @param {import('./load.mjs').Load} load
   * @param {number} bytes of the data of each event
   */
  constructor(application, load, bytes) {
    this.#application = application;
    this.#load = load;
    this.#filler = 'event '.repeat(bytes).slice(0, bytes - NUMBER - SENT - 2);
  }

  /** The process that serves, if that is another. */
  get pid() {
    return this.#application.pid;
  }

  /**
   * Publishes the next event.
   *
   * @param {bigint} [sent]
   * @returns {Promise<number>} resolves once it has reached all clients that read, with how long the last
   *   took, in milliseconds
   */
  publish(sent = process.hrtime.bigint()) {
    const number = ++this.#number;
    const reached = this.#load.reached(number);
    const head = `${`${number}`.padStart(NUMBER, '0')} ${`${sent}`.padStart(SENT, '0')} `;
    this.#application.publish(head + this.#filler, number);
    return reached;
  }

  /** As many clients more, which the hub knows of. */
  async open(clients) {
    await this.#load.open(clients);
    while ((await this.#application.clients()) < this.#load.readers) await sleep(LOOK);
  }

  /** Sends the events that all hubs send alike; resolves with their checksum. */
  async check() {
    await this.#load.check();
    for (let event = 0; event < CHECKED; event++) await this.publish(0n);
    return this.#load.sum();
  }

  /**
   * Publishes an event now and then; resolves once all are received.
   *
   * @param {number} gap between two, in milliseconds
   * @param {number} duration in milliseconds
   */
  async every(gap, duration) {
    const started = performance.now();
    let last;
    for (let at = 0; at < duration; at += gap) {
      const early = started + at - performance.now();
      if (early > 0) await sleep(early);
      last = this.publish();
    }
    await last;
  }

  /**
   * Publishes as fast as events are received.
   *
   * @param {number} most that may be under way
   * @param {number} duration in milliseconds
   */
  async saturate(most, duration) {
    const until = performance.now() + duration;
    const underWay = [];
    while (performance.now() < until) {
      underWay.push(this.publish());
      if (underWay.length === most) await underWay.shift();
      // The event loop goes on where the events that follow are not waited for.
      await new Promise(setImmediate);
    }
    await underWay.at(-1);
  }
}
