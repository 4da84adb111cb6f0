'use strict';

const { deferred, within } = require('./deadline.js');
const { startServer } = require('./fault-server.js');
const { seeded } = require('./random.js');
const { eventText } = require('./sse-text.js');

/** Events on one connection before its fault, at most. */
const MOST_EVENTS = 200;
/** Events sent again on a resume, at most; a fault may well come before they are through. */
const MOST_REPLAYED = 20;
/** A refused window ends when the client has run into it, which takes it milliseconds. */
const REFUSED_MS = 10_000;

/** Lower-case letters are left out, so that no line of it can be a field. */
const garbage = (random) =>
  random.bytes(random.integer(1, 300)).map((byte) => (byte >= 0x61 && byte <= 0x7a ? 0xff : byte));

/** What each event of a number says: plain, in two lines, not ASCII. */
function dataOf(id) {
  if (id % 7 === 0) return `first line of ${id}\nsecond line of ${id}`;
  return id % 5 === 0 ? `事件 ${id} 🌱` : `event ${id} ${'.'.repeat(id % 50)}`;
}

const textOf = (id) => eventText({ id, data: dataOf(id) });

/** The first half of the event after the last one sent: its id line, and a part of its data. */
const half = (serving) => `id: ${serving.next}\ndata: never to be de`;

/**
 * Every fault, by name. Those that answer at all serve events until their turn; one that returns
 * with the answer open ends it cleanly.
 */
const FAULTS = {
  'status 500': ({ exchange }) => exchange.status(500, { 'retry-after': '0.02' }, 'broken'),
  'status 502': ({ exchange }) => exchange.status(502, {}, '<html>bad gateway</html>'),
  'status 503': ({ exchange }) => exchange.status(503, { 'retry-after-ms': '20' }, 'busy'),
  'status 429': ({ exchange }) => exchange.status(429, { 'retry-after': '0.01' }),
  'garbage for a response': ({ exchange, random }) => {
    exchange.raw(garbage(random)).finally(() => exchange.connection.end());
    return exchange.stall();
  },
  'redirect 307': ({ exchange }) => exchange.redirect(307, '/moved'),
  'clean end': (serving) => serving.events(),
  reset: async (serving) => {
    await serving.events();
    await serving.exchange.write(half(serving));
    await serving.exchange.reset();
  },
  'end in a line': async (serving) => {
    serving.exchange.head(200, {}, { framing: 'close' });
    await serving.events();
    await serving.exchange.write(half(serving));
  },
  'truncated chunk': async (serving) => {
    await serving.events();
    await serving.exchange.truncate(half(serving));
  },
  'chunk of no size': async (serving) => {
    await serving.events();
    await serving.exchange.raw('size? what size?\r\n');
    await serving.exchange.stall();
  },
  'garbage lines': async (serving) => {
    await serving.events();
    await serving.exchange.write(Buffer.concat([garbage(serving.random), Buffer.from('\n\n')]));
    await serving.events();
  },
  'garbage, then a reset': async (serving) => {
    await serving.events();
    await serving.exchange.write(garbage(serving.random));
    await serving.exchange.reset();
  },
  drip: async (serving) => {
    await serving.events();
    await serving.exchange.drip(serving.take(serving.random.integer(1, 4)).map(textOf).join(''));
    await serving.events();
  },
  gzip: async (serving) => {
    serving.exchange.gzip();
    await serving.events();
    await serving.exchange.write(half(serving));
    await serving.exchange.reset();
  },
  stall: async (serving) => {
    await serving.events();
    await serving.exchange.write(half(serving));
    await serving.exchange.stall();
  },
  'refused window': async (serving) => {
    await serving.events();
    // After the last event nobody comes back to be refused.
    if (!serving.over) await serving.refuse();
  },
};

/** One connection's share of the numbered events. */
class Serving {
  /** The number of the next event. */
  next;
  exchange;
  random;
  refuse;
  #log;
  #total;

  constructor({ exchange, random, refuse, log, total }) {
    this.exchange = exchange;
    this.random = random;
    this.refuse = refuse;
    this.next = log.from;
    this.#log = log;
    this.#total = total;
  }

  /** Whether every event has been sent. */
  get over() {
    return this.next > this.#total;
  }

  /** The numbers of the next events, now counted as sent. */
  take(count) {
    const last = Math.min(this.next + count - 1, this.#total);
    const ids = [];
    for (; this.next <= last; this.next++) ids.push(this.next);
    this.#log.to = Math.max(this.#log.to, last);
    return ids;
  }

  /** Sends some events, several to a write, and the terminal one after the last. */
  async events() {
    for (let left = this.random.integer(0, MOST_EVENTS); left > 0; ) {
      const ids = this.take(Math.min(left, this.random.integer(1, 20)));
      if (ids.length === 0) return this.exchange.event({ event: 'done', data: 'all sent' });
      left -= ids.length;
      await this.exchange.write(ids.map(textOf).join(''));
    }
  }
}

/**
 * A server of numbered events whose every answer has a fault of a seeded schedule, and which
 * honours `Last-Event-ID`. After the last event comes one named `done`.
 *
 * @param {object} options
 * @param {number} options.seed the same seed, the same faults
 * @param {number} options.total how many events there are
 * @param {boolean} options.replays whether a resume begins some events too early
 */
async function startChaos({ seed, total, replays }) {
  const random = seeded(seed);
  /** How often each fault came, by name. */
  const faults = Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0]));
  /** Every request: what it asked to resume after, which attempt it was, and what it was sent. */
  const log = [];
  let bag = [];
  let refusal = deferred();
  /** @type {() => number} */
  let attempt = () => 0;

  /** All faults in one order before any comes again, so that every seed knows every fault. */
  const draw = () => {
    if (bag.length === 0) bag = Object.keys(FAULTS);
    const [name] = bag.splice(random.integer(0, bag.length - 1), 1);
    return name;
  };

  const refuse = async () => {
    refusal = deferred();
    await server.refuse();
    server.drop();
    await within(refusal.promise, REFUSED_MS, 'the client to be refused');
    await server.accept();
  };

  const server = await startServer(async (exchange) => {
    const resumed = exchange.request.headers['last-event-id'];
    const overlap = replays ? random.integer(0, MOST_REPLAYED) : 0;
    const from = Math.max(1, Number(resumed ?? 0) + 1 - overlap);
    const entry = { resumed, attempt: attempt(), from, to: 0 };
    log.push(entry);
    const serving = new Serving({ exchange, random, refuse, log: entry, total });
    if (exchange.request.path === '/moved') return serving.events();
    const name = draw();
    faults[name] += 1;
    await FAULTS[name](serving);
  });

  return {
    server,
    faults,
    log,
    /** Tells the source whom it serves: `attempt()` is the number of the attempt that is on. */
    serves(client) {
      attempt = client.attempt;
    },
    /** Tells the source that its client was refused. */
    refused: () => refusal.resolve(),
  };
}

module.exports = { dataOf, startChaos };
