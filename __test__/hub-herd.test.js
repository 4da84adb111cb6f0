'use strict';

const assert = require('node:assert/strict');
const net = require('node:net');
const { test } = require('node:test');
const { until } = require('./support/deadline.js');
const { startHubProcess } = require('./support/hub-process.js');

/** How many clients come back together; `.ci/long` has more. */
const CLIENTS = Number(process.env.PERENNIAL_TEST_HERD ?? 500);
const PATIENCE_MS = 120_000;
const EVENTS = 50;

/** A client as a browser's EventSource is one: it comes back with its last id, after as long as it was told. */
class Client {
  events = [];
  lastEventId = '';
  retry = 0;
  /** When it came back. */
  returned = 0;
  refused = 0;
  #port;
  #rest = '';

  constructor(port) {
    this.#port = port;
    this.#dial();
  }

  #dial() {
    const id = this.lastEventId && `last-event-id: ${this.lastEventId}\r\n`;
    this.#rest = '';
    this.socket = net.connect(this.#port, '127.0.0.1');
    this.socket.setEncoding('latin1').on('data', (text) => this.#read(text));
    this.socket.on('error', () => {});
    this.socket.once('close', () => {
      if (!this.left) this.timer = setTimeout(() => this.#dial(), this.retry);
    });
    this.socket.write(`GET /events?channel=news HTTP/1.1\r\nhost: app\r\n${id}\r\n`);
  }

  #read(text) {
    this.#rest += text;
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      this.#block(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 2);
    }
  }

  /** Lines of chunks and of the head are none of these. */
  #block(block) {
    const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const { retry = this.retry, id = this.lastEventId } = {
      retry: field('retry'),
      id: field('id'),
    };
    this.retry = Number(retry ?? this.retry);
    this.lastEventId = id ?? this.lastEventId;
    const name = field('event');
    if (name === 'connected') {
      this.returned = performance.now();
      this.connected = true;
    } else if (field('retry') !== undefined) {
      this.refused++;
    } else if (field('data') !== undefined && name === undefined) {
      this.events.push(Number(field('data').split(' ')[0]));
    }
  }

  leave() {
    this.left = true;
    clearTimeout(this.timer);
    this.socket.destroy();
  }
}

test('thousands that come back after an outage are spread, and get what they missed', async (t) => {
  const app = await startHubProcess(t);
  const clients = Array.from({ length: CLIENTS }, () => new Client(app.port));
  t.after(() => {
    for (const client of clients) client.leave();
  });
  const all = (what, holds) => until(() => clients.every(holds), PATIENCE_MS, what);
  const publish = () => app.ask('publish', { channel: 'news', count: EVENTS, size: 200, every: 1 });

  await all('all to be connected', ({ connected }) => connected);
  await publish();
  await all('the first events', ({ events }) => events.length === EVENTS);
  for (const client of clients) client.connected = false;
  await app.ask('vanish');
  await publish();
  await app.ask('watch');
  await app.ask('back', { port: app.port });
  const back = performance.now();
  await all('all to come back', ({ connected }) => connected);
  await all('what they missed', ({ events }) => events.length === 2 * EVENTS);
  const delay = await app.ask('longestDelay');

  const twice = Array.from({ length: 2 * EVENTS }, (_, at) => at % EVENTS);
  for (const { events, refused } of clients) {
    assert.deepEqual(events, twice);
    assert.equal(refused, 0);
  }
  const times = clients.map(({ returned }) => returned - back).sort((one, other) => one - other);
  // In each of ten equal times about a tenth comes; chance makes no difference of a half.
  // Those last whose first try was lost on the way.
  const span = times[Math.floor(0.99 * CLIENTS)] - times[0];
  const crowd = Math.max(
    ...Array.from(
      { length: 10 },
      (_, step) =>
        times.filter((time) => Math.floor(((time - times[0]) / span) * 10) === step).length,
    ),
  );
  t.diagnostic(
    `${CLIENTS} clients came within ${Math.round(span)} ms, the loop's longest delay was ${delay.toFixed(1)} ms`,
  );
  assert.ok(crowd < CLIENTS / 3, `${crowd} of ${CLIENTS} in a tenth of the time`);
  // A connection that broke while it waited to be accepted may be heard of later than the one that followed it.
  let stats = await app.ask('stats');
  while (stats.clients !== CLIENTS) stats = await app.ask('stats');
  const { refused, gaps } = stats;
  assert.deepEqual({ refused, gaps }, { refused: 0, gaps: 0 });
});
