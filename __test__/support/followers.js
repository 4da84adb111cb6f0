'use strict';

const { until } = require('./deadline.js');
const { visit } = require('./relay.js');

/** How long a follower waits for what is left to come, in milliseconds. */
const PATIENCE_MS = 120_000;

/** A client of a hub that is cut again and again, and comes back to another process. */
class Follower {
  /** What it was told, in order, over all its connections; gaps as what they say. */
  told = [];
  gaps = [];
  visits = 0;
  #t;
  #urls;
  #random;
  #over = false;
  /** @type {string | undefined} */
  #lastEventId;

  /**
   * @param {import('node:test').TestContext} t
   * @param {readonly string[]} urls of the processes, with the query of the client
   * @param {ReturnType<typeof import('./random.js').seeded>} random
   */
  constructor(t, urls, random) {
    this.#t = t;
    this.#urls = urls;
    this.#random = random;
    t.after(() => this.stop());
  }

  /** Where it is cut next: after so many events of a connection. */
  #most() {
    return this.#random.integer(2, 400);
  }

  /** Follows until `stop`. */
  async follow() {
    while (!this.#over) {
      const visitor = visit(this.#t, this.#random.pick(this.#urls), {
        lastEventId: this.#lastEventId,
      });
      this.visits++;
      let ended = false;
      visitor.ended().then(
        () => {
          ended = true;
        },
        () => {
          ended = true;
        },
      );
      const most = this.#most();
      let taken = 0;
      const take = () => {
        for (; taken < visitor.events.length; taken++) this.#take(visitor.events[taken]);
        return taken;
      };
      await until(() => take() >= most || ended || this.#over, PATIENCE_MS, `${most} events`);
      visitor.leave();
      take();
    }
  }

  /** @param {{ id?: string, event?: string, data: string }} event */
  #take({ id, event, data }) {
    // As a browser keeps it: that of an event which came whole.
    if (id !== undefined) this.#lastEventId = id;
    if (event === 'gap') this.gaps.push(JSON.parse(data));
    else if (event === undefined) this.told.push(data);
  }

  /** Resolves once it has a place to come back to. */
  async placed() {
    await until(() => this.#lastEventId !== undefined, PATIENCE_MS, 'the first event');
  }

  /** Resolves once it was told so many. */
  async has(count) {
    await until(() => this.told.length >= count, PATIENCE_MS, `${count} events for a follower`);
  }

  stop() {
    this.#over = true;
  }
}

module.exports = { Follower };
