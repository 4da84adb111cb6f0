'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { visit } = require('./support/browser.js');
const { runChild } = require('./support/child.js');
const { startRedis, withoutRedis } = require('./support/redis.js');
const { PROGRAM, lines, serve, texts } = require('./support/serve-command.js');

describe('serve --redis', { skip: withoutRedis() }, () => {
  test('each instance shows the lines of all, and takes clients of the others', async (t) => {
    const redis = await startRedis(t, { password: 'hunter2' });
    const [one, two] = await Promise.all([1, 2].map(() => serve(t, '--redis', redis.url)));
    const pages = await Promise.all([one, two].map(({ events }) => visit(events)));
    one.write('of one\n');
    const first = await Promise.all(pages.map((page) => lines(page, 1)));
    two.write('of two\n');
    const second = await Promise.all(pages.map((page) => lines(page, 1)));
    for (const heard of first) assert.deepEqual(texts(heard), ['of one']);
    for (const heard of second) assert.deepEqual(texts(heard), ['of two']);
    for (const page of pages) page.leave();
    one.child.kill('SIGKILL');
    two.write('meanwhile\n');
    const again = await visit(two.events, { headers: { 'last-event-id': first[0][0].id } });
    assert.deepEqual(texts(await lines(again, 2)), ['of two', 'meanwhile']);
    again.leave();
    assert.ok(!two.told().includes('hunter2'));
  });

  test('a Redis that is away is told, and lines go on to those who are here', async (t) => {
    const redis = await startRedis(t, { args: ['--appendonly', 'yes'] });
    const server = await serve(t, '--redis', redis.url);
    const page = await visit(server.events);
    server.write('one\n');
    assert.deepEqual(texts(await lines(page, 1)), ['one']);
    await redis.stop();
    await server.says(/Redis is away/);
    server.write('two\n');
    assert.deepEqual(texts(await lines(page, 1)), ['two']);
    await redis.start();
    await server.says(/Redis is back/);
    server.write('three\n');
    assert.deepEqual(texts(await lines(page, 1)), ['three']);
    page.leave();
  });
});

test('a Redis that cannot be had ends it, and no secret is told', async () => {
  for (const [url, code, sentence] of [
    ['http://user:hunter2@127.0.0.1/', 2, /^perennial-sse: --redis must be a URL that starts with/],
    [
      'redis://user:hunter2@127.0.0.1:1/',
      1,
      /^perennial-sse: the log cannot be reached: .*ERR_SSE_LOG/,
    ],
  ]) {
    const ended = await runChild(PROGRAM, { args: ['serve', '--port', '0', '--redis', url] });
    assert.equal(ended.code, code);
    assert.match(ended.stderr, sentence);
    assert.ok(!ended.stderr.includes('hunter2'));
  }
});
