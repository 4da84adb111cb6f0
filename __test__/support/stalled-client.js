'use strict';

const http = require('node:http');
const net = require('node:net');
const { setImmediate, setTimeout: sleep } = require('node:timers/promises');
const { createParser } = require('eventsource-parser');
const { PATIENCE_MS } = require('./client.js');
const { until } = require('./deadline.js');

/** Large enough that a few dozen fill what the kernel keeps for a connection. */
const LARGE = 600_000;

/** A client that reads only when it is told to. */
class StalledClient {
  /** @type {{ id?: string, event?: string, data: string }[]} */
  events = [];
  ended = false;
  /** Whether the end was none of HTTP/1.1's. */
  broken = false;

  constructor(port, { lastEventId, path = '/events', version = '1.1' } = {}) {
    const parser = createParser({ onEvent: (event) => this.events.push(event) });
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const ended = () => {
      this.ended = true;
    };
    if (version === '1.0') {
      this.socket = this.source = net.connect(port, '127.0.0.1');
      this.source.on('error', () => {}).on('close', ended);
      this.source.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      // Its body is what comes behind the head, and no parser takes the lines of that for fields.
      this.source.setEncoding('utf8').on('data', (text) => parser.feed(text));
      return;
    }
    const request = http.get({ port, path, headers, agent: false, host: '127.0.0.1' });
    request.on('error', ended).on('socket', (socket) => {
      this.socket = socket;
    });
    request.on('response', (response) => {
      this.source = response;
      response
        .on('error', () => {})
        .on('close', () => {
          this.broken = !response.complete;
          ended();
        });
      response.setEncoding('utf8').on('data', (text) => parser.feed(text));
      if (this.paused) response.pause();
    });
  }

  pause() {
    this.paused = true;
    this.source?.pause();
  }

  resume() {
    this.paused = false;
    this.source?.resume();
  }

  leave() {
    this.socket?.destroy();
  }

  /** Resolves once an event came for which this is true. */
  heard(wanted, what) {
    return until(() => this.events.some(wanted), PATIENCE_MS, what);
  }

  /** The place of the last whole event, as an `EventSource` would have it. */
  get lastEventId() {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The numbers that the events of `publishUntil` begin with. */
  get numbers() {
    return this.events
      .filter(({ event }) => event === 'large')
      .map(({ data }) => Number.parseInt(data, 10));
  }
}

/**
 * Whether one connection takes no more, and not only for the moment in which a large event is written.
 *
 * @param {import('../../index.js').Hub} hub
 */
async function stalls(hub) {
  for (let look = 0; look < 20; look++) {
    if (hub.stats().stalled !== 1) return false;
    await sleep(5);
  }
  return true;
}

/** A client that is over when the test is. */
function stalledClient(t, port, options) {
  const client = new StalledClient(port, options);
  t.after(() => client.leave());
  return client;
}

/** Publishes large events, numbered from `next` on, until this is true; the number after the last. */
async function publishUntil(hub, channel, done, { next = 0 } = {}) {
  let number = next;
  while (!(await done(number))) {
    await hub.publish(channel, { event: 'large', data: `${number} `.padEnd(LARGE, '.') });
    number++;
    // Connections are written to between two events.
    await setImmediate();
  }
  return number;
}

module.exports = { publishUntil, stalledClient, stalls };
