// The streams of the soak: read in every way the package offers, each event checked to be the next.

import { connect, EventSource, EventStreamDecoderStream } from 'perennial-sse';

/** Waits that fit a storm every few seconds; the defaults are meant for servers on the Internet. */
const OPTIONS = {
  retry: { baseDelay: 100, maxDelay: 1000, resetAfter: 1000, statuses: [503] },
  timeouts: { idle: 2000 },
};

/** Ways to read: each calls `take` with every id, resolves when over, and stops on abort. */
const READERS = {
  async emitter(url, signal, take) {
    const stream = connect(url, OPTIONS).on('event', ({ id }) => take(id));
    signal.addEventListener('abort', () => stream.close(), { once: true });
    await stream.closed;
  },

  async iterator(url, signal, take) {
    for await (const { id } of connect(url, { ...OPTIONS, signal })) take(id);
  },

  async bytes(url, signal, take) {
    const stream = connect(url, { ...OPTIONS, signal });
    const events = stream.toReadableStream().pipeThrough(new EventStreamDecoderStream());
    for await (const { id } of events) take(id);
  },

  eventSource(url, signal, take) {
    return new Promise((resolve, reject) => {
      const source = new EventSource(url, OPTIONS);
      source.onmessage = ({ lastEventId }) => take(lastEventId);
      source.onerror = ({ error }) => {
        if (source.readyState === EventSource.CLOSED) reject(error ?? new Error('closed'));
      };
      signal.addEventListener(
        'abort',
        () => {
          source.close();
          resolve();
        },
        { once: true },
      );
    });
  },
};

const NAMES = Object.keys(READERS);

/** One stream at a time, replaced by a new one on demand. */
class Seat {
  /** Events since the last count. */
  events = 0;
  /** Resolves when the current stream is over. */
  over = Promise.resolve();
  #server;
  #number;
  #streams = 0;
  #abort = new AbortController();
  #wrong;

  constructor(server, number, wrong) {
    this.#server = server;
    this.#number = number;
    this.#wrong = wrong;
  }

  sit() {
    const { signal } = this.#abort;
    const path = `/${this.#number}/${this.#streams++}`;
    const reader = NAMES[(this.#number + this.#streams) % NAMES.length];
    let last = 0;
    const take = (id) => {
      this.events += 1;
      last += 1;
      if (Number(id) !== last) this.#wrong(`${path} by ${reader}: event ${id} instead of ${last}`);
    };
    const ended = (error) => {
      if (!signal.aborted)
        this.#wrong(`${path} by ${reader} ended: ${error ?? 'without an error'}`);
    };
    this.over = READERS[reader](this.#server + path, signal, take).then(ended, ended);
  }

  leave() {
    this.#abort.abort();
    this.#abort = new AbortController();
    return this.over;
  }
}

/** All streams of the soak. */
export class Client {
  /** Events up to the last count. */
  events = 0;
  /** What must not happen: a sentence each. */
  wrongs = [];
  #seats;

  constructor(server, streams) {
    const wrong = (sentence) => this.wrongs.push(sentence);
    this.#seats = Array.from({ length: streams }, (_, index) => new Seat(server, index, wrong));
  }

  start() {
    for (const seat of this.#seats) seat.sit();
  }

  /** How many streams had no event since the last count. */
  get silent() {
    return this.#seats.filter(({ events }) => events === 0).length;
  }

  /** Counts the events since the last count. */
  count() {
    for (const seat of this.#seats) {
      this.events += seat.events;
      seat.events = 0;
    }
  }

  /** Ends some streams, and begins others in their place. */
  async replace(count, chance) {
    const seats = Array.from({ length: count }, () => chance.pick(this.#seats));
    await Promise.all(
      [...new Set(seats)].map(async (seat) => {
        await seat.leave();
        seat.sit();
      }),
    );
  }

  async stop() {
    await Promise.all(this.#seats.map((seat) => seat.leave()));
  }
}
