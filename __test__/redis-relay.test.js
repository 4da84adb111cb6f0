'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { startInstances } = require('./support/instances.js');
const { startProvider } = require('./support/provider.js');
const redis = require('./support/redis.js');
const { visit } = require('./support/relay.js');
const { readRun } = require('./support/run-readers.js');
const { startUpstream } = require('./support/upstream.js');
const { within } = require('./support/deadline.js');

const PATIENCE_MS = 30_000;

/** A short lease: what is slow on a loaded machine must not be taken for lost. */
const LEASE = 2000;

/** Instances of one application on one Redis, and what they ask. */
async function application(t, count, { server = {}, relay, upstream: asked, ...more } = {}) {
  const database = await redis.startRedis(t, server);
  const upstream = await startUpstream(t, asked);
  const log = { url: database.url };
  const options = { log, relay: { lease: LEASE, ...relay }, upstream: upstream.url, ...more };
  return { database, upstream, instances: await startInstances(t, count, options) };
}

/** The data of what a call of the upstream sent. */
const sentBy = ({ sent }) => sent.map(({ data }) => data);

describe('runs of several processes', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  for (const [source, type] of [
    ['events', 'text/event-stream'],
    ['raw', 'text/plain'],
  ]) {
    test(`go on at another instance, byte for byte: ${source}`, async (t) => {
      const { instances, upstream } = await application(t, 2, {
        upstream: { every: 2, count: 150, type },
      });
      const [one, other] = instances;
      const first = visit(t, `${one.url}/runs/a?source=${source}`);
      await first.read(2000);
      const second = visit(t, `${other.url}/runs/a`);
      assert.equal(await first.ended(), true);
      assert.equal(await second.ended(), true);
      assert.equal(second.text, first.text);
      const late = visit(t, `${other.url}/runs/a?source=${source}`);
      assert.equal(await late.ended(), true);
      assert.equal(late.text, first.text);
      assert.equal(upstream.calls.length, 1);
      if (source === 'raw') return;
      assert.deepEqual(
        first.events.map(({ data }) => data),
        sentBy(upstream.calls[0]),
      );
      const middle = first.events[70];
      const rest = visit(t, `${other.url}/runs/a`, { lastEventId: middle.id });
      assert.equal(await rest.ended(), true);
      const behind = first.text.split(`id: ${middle.id}\n`)[1].split('\n\n').slice(1).join('\n\n');
      assert.ok(rest.text.endsWith(behind), 'what follows');
      assert.deepEqual(rest.events, first.events.slice(71));
      const everything = visit(t, `${one.url}/runs/a`, { lastEventId: first.lastEventId });
      assert.equal((await everything.opened()).statusCode, 204);
    });
  }

  test('are answers of a model, the same at each instance', async (t) => {
    const database = await redis.startRedis(t);
    const provider = await startProvider(t, { answer: { pieces: ['Once ', 'upon ', 'a time.'] } });
    const { baseUrl } = provider.options();
    const [one, other] = await startInstances(t, 2, {
      log: { url: database.url },
      relay: {},
      upstream: baseUrl,
    });
    const first = visit(t, `${one.url}/runs/a?source=chat`);
    assert.equal(await first.ended(), true);
    const second = visit(t, `${other.url}/runs/a?source=chat`);
    assert.equal(await second.ended(), true);
    assert.equal(first.content.length > 0, true);
    assert.equal(second.text, first.text);
    assert.equal(provider.requests.length, 1);
  });

  test('ask once, however many begin one at a time', async (t) => {
    const { instances, upstream } = await application(t, 3, {
      upstream: { every: 1, count: 20 },
    });
    const ids = Array.from({ length: 15 }, (_, at) => `run ${at}`);
    const told = await Promise.all(
      ids.flatMap((id) =>
        instances.map(({ url }) =>
          readRun(t, () => `${url}/runs/${encodeURIComponent(id)}?source=events`),
        ),
      ),
    );
    assert.equal(upstream.calls.length, ids.length);
    for (const [at, { data, resets }] of told.entries()) {
      const [call] = upstream.of(ids[Math.floor(at / instances.length)]);
      assert.deepEqual(data, sentBy(call));
      assert.equal(resets, 0);
    }
  });

  test('are stopped from any instance, and everybody is told', async (t) => {
    const { instances, upstream } = await application(t, 2);
    const [one, other] = instances;
    await visit(t, `${one.url}/runs/a?source=events`).heard(3);
    const reading = [one, other, other].map(({ url }) => readRun(t, () => `${url}/runs/a`));
    assert.equal(await other.relay('stop', 'a'), true);
    await within(upstream.calls[0].closed, PATIENCE_MS, 'the end of the call');
    for (const { failure, data } of await Promise.all(reading)) {
      assert.equal(failure.code, 'ERR_SSE_STOPPED');
      assert.deepEqual(data, sentBy(upstream.calls[0]).slice(0, data.length));
    }
    for (const instance of instances) {
      assert.equal(await instance.relay('status', 'a'), 'stopped');
      assert.equal(await instance.relay('stop', 'a'), false);
    }
    assert.equal(await other.relay('stop', 'b'), false);
  });

  test('have one status, in all processes', async (t) => {
    const { instances } = await application(t, 2);
    const [one, other] = instances;
    assert.equal(await other.relay('status', 'a'), null);
    assert.equal(await one.ask('begin', { id: 'a' }), 'producer');
    assert.equal(await other.ask('begin', { id: 'a' }), 'reader');
    assert.equal(await other.relay('status', 'a'), 'open');
    await one.ask('say', { id: 'a', data: ['one', 'two', null] });
    assert.deepEqual(await other.ask('over', { id: 'a' }), { status: 'done' });
    for (const instance of instances) assert.equal(await instance.relay('status', 'a'), 'done');
  });

  test('are those of their owner, who is part of their name', async (t) => {
    const { database, instances, upstream } = await application(t, 2, {
      upstream: { every: 1, count: 10 },
    });
    const [one, other] = instances;
    const of = (owner, instance, more = '') => `${instance.url}/runs/a?owner=${owner}${more}`;
    for (const owner of ['ann', 'bob']) {
      await readRun(t, () => of(owner, one, '&source=events'));
    }
    assert.equal(upstream.calls.length, 2);
    const read = await readRun(t, () => of('ann', other));
    assert.deepEqual(read.data, sentBy(upstream.calls[0]));
    for (const url of [
      `${other.url}/runs/a`,
      of('eve', other),
      of('', other).replace('owner=', ''),
    ]) {
      assert.equal((await visit(t, url).opened()).statusCode, 204);
    }
    assert.equal(await other.relay('status', 'a', { owner: 'ann' }), 'done');
    assert.equal(await other.relay('status', 'a', { owner: 'eve' }), null);
    // An operator who looks into Redis can tell which key belongs to which run.
    const keys = await database.cli('keys', '*ann*');
    assert.match(keys, /ann/);
  });

  test('are begun anew where their producer is lost, if that is asked for', async (t) => {
    const { instances, upstream } = await application(t, 2, { relay: { lease: 500 } });
    const [one, other] = instances;
    await visit(t, `${one.url}/runs/a?source=events`).heard(3);
    const reading = readRun(t, () => `${other.url}/runs/a`);
    await one.kill();
    const { failure, data } = await reading;
    assert.equal(failure.code, 'ERR_SSE_PRODUCER_LOST');
    assert.equal(await other.relay('status', 'a'), 'lost');
    const again = await readRun(t, () => `${other.url}/runs/a?source=events`);
    assert.equal(again.failure.code, 'ERR_SSE_PRODUCER_LOST');
    assert.deepEqual(again.data, data);
    assert.equal(upstream.calls.length, 1);
    const anew = visit(t, `${other.url}/runs/a?source=events&onLost=restart`, {
      lastEventId: 'old.1.1',
    });
    await anew.heard(3);
    assert.equal(anew.events[0].event, 'reset');
    assert.equal(upstream.calls.length, 2);
    assert.equal(await other.relay('stop', 'a'), true);
    await anew.ended();
  });

  test('are watched by readers of any instance', async (t) => {
    const { instances, upstream } = await application(t, 2, {
      relay: { lease: 6000, onDisconnect: { grace: 100 } },
    });
    const [one, other] = instances;
    const own = visit(t, `${one.url}/runs/a?source=events`);
    await own.heard(3);
    const remote = visit(t, `${other.url}/runs/a`);
    await remote.heard(3);
    own.leave();
    const { length } = remote.events;
    // Several times as long as a run without readers lives.
    await remote.heard(length + 100);
    assert.equal(upstream.calls[0].open, true);
    remote.leave();
    await within(upstream.calls[0].closed, PATIENCE_MS, 'the end of the call');
    await redis.asked(async () => (await other.relay('status', 'a')) === 'stopped', 'the status');
  });

  test('end for a producer that stood still for longer than its lease', async (t) => {
    const { instances, upstream } = await application(t, 2, { relay: { lease: 500 } });
    const [one, other] = instances;
    const own = visit(t, `${one.url}/runs/a?source=events`);
    await own.heard(3);
    const reading = readRun(t, () => `${other.url}/runs/a`);
    one.pause();
    const { failure, data } = await reading;
    assert.equal(failure.code, 'ERR_SSE_PRODUCER_LOST');
    assert.deepEqual(data, sentBy(upstream.calls[0]).slice(0, data.length));
    one.resume();
    await within(upstream.calls[0].closed, PATIENCE_MS, 'the end of the call');
    await own.ended();
    assert.equal(own.failure.code, 'ERR_SSE_PRODUCER_LOST');
    assert.equal(await other.relay('status', 'a'), 'lost');
  });
});
