'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { serve } = require('./support/client.js');
const { client, degraded, heard, hears, say } = require('./support/hub-outage.js');
const { startInstances } = require('./support/instances.js');
const { MIB } = require('./support/memory.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');

/** How long Redis may take: as little as a busy machine allows. */
const CONNECT_MS = 2000;
/** What is said while Redis is away: 200 MB. */
const EVENT = 16_000;
const EVENTS = 12_500;

/** What may wait for Redis. */
const MAX_BYTES = 8 * MIB;
/** Each event is copied for its way to clients, and V8 collects when it likes to. */
const ROOM = 64 * MIB;

/** @param {import('node:test').TestContext} t */
async function isolated(t, options) {
  const server = await redis.startRedis(t, { args: ['--appendonly', 'yes'] });
  const log = { url: server.url, timeouts: { connect: CONNECT_MS }, maxBytes: MAX_BYTES };
  const [instance] = await startInstances(t, 1, { log, ...options });
  return { server, instance };
}

describe('while Redis is away, memory is bounded', { skip: redis.withoutRedis() }, () => {
  test('where a hub publishes 200 MB, and its clients go on', async (t) => {
    const { server, instance } = await isolated(t, { hub: {} });
    const clients = await Promise.all([1, 2, 3, 4].map(() => client(t, instance)));
    // What compiling and the first events take is not the outage's.
    await say(instance, 'before');
    for (const visitor of clients) await hears(visitor, 'before');
    await server.kill();
    await degraded(instance, true);
    await instance.ask('watch');
    const became = await instance.ask('flood', { channel: 'news', bytes: EVENT, count: EVENTS });
    const grown = await instance.ask('grown');
    t.diagnostic(`${JSON.stringify(became)}; grew by ${(grown / MIB).toFixed(1)} MiB`);
    assert.equal(became.degraded + became.refused, EVENTS);
    const waiting = became.degraded * EVENT;
    assert.ok(waiting > MAX_BYTES / 2 && waiting <= MAX_BYTES, `${waiting} bytes wait`);
    assert.ok(grown <= MAX_BYTES + ROOM, `${grown} bytes`);
    const numbers = () =>
      clients.map((visitor) => heard(visitor).map((data) => data.split(' ')[0]));
    const taken = Array.from({ length: became.degraded }, (_, at) => String(at));
    // One whose socket is full waits until Redis has it.
    const goOn = async () => numbers().every((some) => some.includes('0'));
    await redis.asked(goOn, 'the first event of the outage');
    await server.start();
    await degraded(instance, false);
    await say(instance, 'after');
    for (const visitor of clients) await hears(visitor, 'after');
    // What a client could not take at once comes from Redis, behind what it could.
    const all = ['before', ...taken, 'after'].toSorted();
    for (const some of numbers()) assert.deepEqual(some.toSorted(), all);
  });

  test('where a run says 200 MB: it ends at maxBytes, and its reader is told', async (t) => {
    /** @type {(value?: unknown) => void} */
    let go = () => {};
    const away = new Promise((resolve) => {
      go = resolve;
    });
    let sent = 0;
    const upstream = await serve(t, async (exchange) => {
      await exchange.write('data: first\n\n');
      await away;
      for (; sent < EVENTS; sent++) {
        await exchange.write(`data: ${`${sent} `.padEnd(EVENT, '.')}\n\n`);
      }
    });
    const relay = { maxBytes: MAX_BYTES };
    const { server, instance } = await isolated(t, { relay, upstream: upstream.url });
    const reader = visit(t, `${instance.url}/runs/a?source=events`);
    await reader.heard(1);
    await server.kill();
    await instance.ask('watch');
    go();
    await reader.ended();
    const grown = await instance.ask('grown');
    t.diagnostic(`${reader.events.length} events; grew by ${(grown / MIB).toFixed(1)} MiB`);
    assert.equal(reader.failure?.code, 'ERR_SSE_SIZE');
    assert.ok(reader.text.length > MAX_BYTES - 2 * EVENT, `${reader.text.length} were read`);
    assert.ok(sent < EVENTS, 'the source was aborted');
    assert.ok(grown <= MAX_BYTES + ROOM, `${grown} bytes`);
  });
});
