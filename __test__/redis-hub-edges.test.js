'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { runChild } = require('./support/child.js');
const { client, heard } = require('./support/hub-visits.js');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');

const PROGRAMS = join(__dirname, 'support', 'programs');
const KIB = 1024;

describe('a hub in Redis', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  test('keeps positions that are too long for a header, for all processes', async (t) => {
    const { url } = await redis.startRedis(t);
    const [one, other] = await startInstances(t, 2, { log: { url }, hub: {} });
    const names = Array.from({ length: 150 }, (_, at) => `a channel with a long name ${at}`);
    const query = names.map((name) => `channel=${encodeURIComponent(name)}`).join('&');
    const before = await client(t, one, query);
    await other.hub('publish', names[7], { data: 'one' });
    await before.heard(2);
    const { id } = before.events[1];
    assert.ok(id.length <= 1400, `${id.length} characters`);
    before.leave();
    await one.hub('publish', names[7], { data: 'two' });
    await one.hub('publish', names[149], { data: 'three' });
    await one.kill();
    const after = await client(t, other, query, id);
    await after.heard(3);
    assert.deepEqual(heard(after).toSorted(), ['three', 'two']);
  });

  test('takes any text for a position', async (t) => {
    const { url } = await redis.startRedis(t);
    const [one, other] = await startInstances(t, 2, { log: { url }, hub: {} });
    const { events } = await client(t, one, 'channel=news&user=ann');
    const [{ id }] = events;
    const forged = [
      ...['x', '!!!', '~', '~AAAAAAAA', 'é', '\u{1F600}', `${id}A`, id.slice(0, -3), id.slice(2)],
      ...['A'.repeat(8000), `${id.slice(0, 4)}${'_'.repeat(200)}`, 'AQEqWRjmE9H3_____w'],
    ];
    for (const text of forged) {
      const came = await client(t, other, `channel=news&lastEventId=${encodeURIComponent(text)}`);
      await other.hub('publish', 'news', { data: 'x' });
      await redis.asked(async () => heard(came).includes('x'), text);
      came.leave();
    }
    assert.deepEqual(await other.ask('told'), []);
  });

  test('carries large events', async (t) => {
    const { url } = await redis.startRedis(t);
    const [one, other] = await startInstances(t, 2, { log: { url }, hub: {} });
    const near = await client(t, one, 'channel=news');
    const far = await client(t, other, 'channel=news');
    const large = `${'é'.repeat(80 * KIB)}.`;
    await one.hub('publish', 'news', { data: large });
    for (const visitor of [near, far]) {
      await visitor.heard(2);
      assert.equal(heard(visitor)[0], large);
    }
  });

  test('is closed in time while Redis is away', async (t) => {
    const server = await redis.startRedis(t);
    const [one] = await startInstances(t, 1, { log: { url: server.url }, hub: {} });
    const came = await client(t, one, 'channel=news');
    await server.kill();
    await redis.asked(async () => (await one.ask('told')).length > 0, 'the outage');
    await one.hub('publish', 'news', { data: 'one' });
    const begun = performance.now();
    await one.hub('close', { spread: 0, deadline: 3000 });
    assert.ok(performance.now() - begun < 15_000, 'in time');
    assert.equal(await came.ended(), true);
    await assert.rejects(one.hub('publish', 'news', { data: 'x' }), { code: 'ERR_SSE_CLOSED' });
  });

  test('keeps no process alive, whether Redis is there or not', async (t) => {
    const server = await redis.startRedis(t);
    const script = join(PROGRAMS, 'redis-exit.js');
    for (const said of [
      ['done', 'done', 'done'],
      ['ERR_SSE_LOG', 'ERR_SSE_LOG', 'ERR_SSE_STORE'],
    ]) {
      const { code, stdout, stderr, timedOut } = await runChild(script, { args: [server.url] });
      assert.equal(timedOut, false, 'it ends by itself');
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), said);
      await server.kill();
    }
  });

  test('is what workers of a cluster need: they are not warned', async (t) => {
    const { url } = await redis.startRedis(t);
    const script = join(PROGRAMS, 'cluster-hubs.js');
    const { code, stdout, stderr } = await runChild(script, { env: { REDIS_URL: url } });
    assert.equal(code, 0, stderr);
    const { primary, ...workers } = JSON.parse(stdout);
    assert.deepEqual(primary, []);
    assert.deepEqual(Object.values(workers), [[], []]);
  });
});
