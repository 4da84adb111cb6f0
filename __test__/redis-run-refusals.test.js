'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { startInstances } = require('./support/instances.js');
const redis = require('./support/redis.js');

describe('a run of a Redis', { skip: redis.withoutRedis(), concurrency: 2 }, () => {
  const begin = (instance, id = 'a') =>
    instance.ask('begin', { id }).then(
      (role) => ({ role }),
      (error) => error,
    );

  test('that is not there is refused within the deadline, or kept here', async (t) => {
    const server = await redis.startRedis(t);
    const log = { url: server.url, timeouts: { connect: 2000 } };
    await server.kill();
    const [strict] = await startInstances(t, 1, { log, relay: {} });
    const [lenient] = await startInstances(t, 1, { log: { ...log, whenDown: 'local' }, relay: {} });
    const begun = performance.now();
    const refused = await begin(strict);
    assert.equal(refused.code, 'ERR_SSE_LOG');
    assert.equal(refused.name, 'SSERunError');
    assert.ok(performance.now() - begun < 15_000, 'in time');
    assert.deepEqual(await begin(lenient), { role: 'producer' });
    await lenient.ask('say', { id: 'a', data: ['one', null] });
    assert.deepEqual(await lenient.ask('over', { id: 'a' }), { status: 'done' });
    for (const method of ['stop', 'status']) {
      await assert.rejects(strict.relay(method, 'a'), { code: 'ERR_SSE_LOG' });
    }
    await server.start();
    await redis.asked(async () => (await begin(strict, 'b')).role === 'producer', 'Redis');
  });

  test('whose password is another is refused, and no secret is told', async (t) => {
    const { port } = await redis.startRedis(t, { password: 'right' });
    const log = { url: `redis://:hunter2@127.0.0.1:${port}`, timeouts: { connect: 2000 } };
    const [instance] = await startInstances(t, 1, { log, relay: {} });
    const refused = await begin(instance);
    assert.equal(refused.code, 'ERR_SSE_LOG');
    assert.match(refused.message, /password/);
    assert.ok(!refused.message.includes('hunter2'));
  });

  test('with something else under its key is refused, and the other is not touched', async (t) => {
    const server = await redis.startRedis(t);
    const [instance] = await startInstances(t, 1, { log: { url: server.url }, relay: {} });
    assert.deepEqual(await begin(instance), { role: 'producer' });
    const keys = (await server.cli('keys', '*')).split('\n');
    const metadata = keys.find((key) => key.endsWith('{a}'));
    const foreign = metadata.replace('{a}', '{b}');
    await server.cli('set', foreign, 'another program');
    const refused = await begin(instance, 'b');
    assert.equal(refused.code, 'ERR_SSE_LOG');
    assert.equal(await server.cli('get', foreign), 'another program');
    assert.deepEqual(await begin(instance, 'c'), { role: 'producer' });
  });

  test('that speaks TLS is used', async (t) => {
    const ca = readFileSync(join(__dirname, 'support', 'tls', 'ca.pem'), 'utf8');
    const { url } = await redis.startRedis(t, { tls: true, password: 'secret' });
    const instances = await startInstances(t, 2, { log: { url, tls: { ca } }, relay: {} });
    assert.deepEqual(await begin(instances[0]), { role: 'producer' });
    assert.deepEqual(await begin(instances[1]), { role: 'reader' });
    await instances[0].ask('say', { id: 'a', data: ['one', null] });
    assert.deepEqual(await instances[1].ask('over', { id: 'a' }), { status: 'done' });
  });
});
