'use strict';

const assert = require('node:assert/strict');
const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');
const { test } = require('node:test');
const { debianProgram } = require('./support/debian.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');
const { readRun } = require('./support/run-readers.js');
const { startUpstream } = require('./support/upstream.js');

/** Where the library is that lets a process see another time. */
function fakeClock() {
  const { env } = debianProgram('faketime') ?? {};
  const folders = [
    ...(env?.LD_LIBRARY_PATH ?? '').split(delimiter),
    '/usr/lib/x86_64-linux-gnu/faketime',
  ];
  return folders
    .map((folder) => join(folder, 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

const library = fakeClock();
const skip = redis.withoutRedis() || (library === undefined && 'faketime is not to be had');

/** The environment of a process whose clock is wrong by so many seconds. */
const wrongBy = (seconds) => ({
  LD_PRELOAD: library,
  FAKETIME: `${seconds > 0 ? '+' : ''}${seconds}s`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
});

const HOUR = 3600;

test('processes whose clocks are an hour apart agree: the clock is that of Redis', {
  skip,
}, async (t) => {
  const { url } = await redis.startRedis(t);
  const upstream = await startUpstream(t);
  const options = {
    log: { url, maxAge: 60_000 },
    relay: { lease: 1000 },
    hub: {},
    store: { url },
    upstream: upstream.url,
  };
  const [right] = await startInstances(t, 1, options);
  const [early] = await startInstances(t, 1, options, wrongBy(-HOUR));
  const [late] = await startInstances(t, 1, options, wrongBy(HOUR));
  const all = [right, early, late];
  const clocks = await Promise.all(all.map((instance) => instance.ask('now')));
  for (const [at, seconds] of [0, -HOUR, HOUR].entries()) {
    assert.ok(
      Math.abs(clocks[at] - Date.now() - seconds * 1000) < 60_000,
      'as wrong as it should be',
    );
  }
  // Runs: renewed, read, and stopped from elsewhere.
  const reading = all.map(async (producer, at) => {
    const reader = all[(at + 1) % all.length];
    const own = visit(t, `${producer.url}/runs/${at}?source=events`);
    await own.heard(2);
    const told = readRun(t, () => `${reader.url}/runs/${at}`);
    // Several times as long as a lease.
    await own.heard(250);
    assert.equal(await reader.relay('status', String(at)), 'open');
    assert.equal(await reader.relay('stop', String(at)), true);
    assert.equal((await told).failure.code, 'ERR_SSE_STOPPED');
  });
  await Promise.all(reading);
  // Hubs: what each publishes is there for who comes back, and in order.
  const first = visit(t, `${right.url}/events?user=ann&channel=news`);
  await first.heard(1);
  const expected = [];
  for (let at = 0; at < 9; at++) {
    expected.push(String(at));
    await all[at % 3].hub('publish', 'news', { data: String(at) });
  }
  const { id } = first.events[0];
  for (const { url: place } of all) {
    const back = visit(t, `${place}/events?user=ann&channel=news`, { lastEventId: id });
    await back.heard(1 + expected.length);
    assert.deepEqual(
      back.events.slice(1).map(({ data }) => data),
      expected,
    );
  }
  for (const instance of all) {
    const here = async () => (await instance.hub('users'))[0]?.clients === 4;
    await redis.asked(here, 'all clients');
  }
  // Stores: a value lives as long, whichever process puts it.
  for (const instance of all) {
    await instance.store('set', 'long', 'x', 60_000);
    for (const other of all) assert.equal(await other.store('get', 'long'), 'x');
    await instance.store('set', 'short', 'x', 50);
    const gone = async () => (await right.store('get', 'short')) === null;
    await redis.asked(gone, 'the end of a value', 10_000);
  }
});
