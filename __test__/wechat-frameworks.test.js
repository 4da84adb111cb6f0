'use strict';

const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { connect } = require('node:net');
const { once } = require('node:events');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const fastify = require('fastify');
const { Hono } = require('hono');
const { serve } = require('@hono/node-server');
const { fakeOfficialAccount } = require('../lib/wechat/testing/testing.js');
const { ACCOUNT, KEY } = require('./support/wechat.js');
const { officialAccount, wecomBot } = require('../lib/wechat/wechat.js');
const { Project } = require('./support/consumers/project.js');
const { deferred, within } = require('./support/deadline.js');
const { memoryStore } = require('../index.js');

/** How the handlers of a bot get into each server; gives its URL. */
const SERVERS = {
  'node:http': (t, bot) => listening(t, createServer(bot.handler)),

  Express: (t, bot) => listening(t, createServer(express().all('/wechat', bot.handler))),

  'Express, behind parsers of bodies and below a path': (t, bot) => {
    const below = express.Router().use(bot.handler);
    const parsers = [express.json(), express.text({ type: '*/*' })];
    return listening(t, createServer(express().use(parsers).use('/wechat', below)));
  },

  Fastify: async (t, bot) => {
    const app = fastify();
    app.register(bot.plugin, { path: '/wechat' });
    app.post('/json', async (request) => request.body);
    t.after(() => app.close());
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    // Its parsers stay as they are outside of the plugin.
    const echoed = await fetch(`${url}/json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    assert.deepEqual(await echoed.json(), { a: 1 });
    return `${url}/wechat`;
  },

  Hono: async (t, bot) => {
    const app = new Hono();
    app.all('/wechat', (c) => bot.fetch(c.req.raw));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    t.after(() => server.close());
    return `http://127.0.0.1:${server.address().port}/wechat`;
  },
};

/** Exact. It is too large to be a dependency of the house. */
const EXPRESS = 'express@5.3.0';

const project = new Project();
let express;

before(async () => {
  await project.install([EXPRESS], ['--prefer-offline']);
  express = createRequire(join(project.folder, 'package.json'))('express');
});
after(() => project.remove());

async function listening(t, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}/wechat`;
}

for (const [name, start] of Object.entries(SERVERS)) {
  describe(name, () => {
    for (const encodingAESKey of [undefined, KEY]) {
      test(`verifies, answers and refuses ${encodingAESKey ? 'with' : 'without'} a key`, async (t) => {
        const refused = [];
        const bot = officialAccount({
          ...ACCOUNT,
          encodingAESKey,
          store: memoryStore(),
          answer: ({ text }) => `re: ${text}`,
        });
        bot.on('refused', ({ reason }) => refused.push(reason));
        const target = await start(t, bot);
        const wechat = fakeOfficialAccount({ ...ACCOUNT, encodingAESKey, target });
        assert.equal(await wechat.verify(), true);
        assert.deepEqual(await wechat.say('ann', '你好 👋'), { tries: 1, text: 're: 你好 👋' });
        const stranger = await fetch(target, { method: 'POST', body: '<xml></xml>' });
        assert.deepEqual([stranger.status, await stranger.text()], [403, '']);
        assert.deepEqual(refused, ['signature']);
      });
    }
  });
}

test('a body that breaks off is refused, and no failure of the bot', async (t) => {
  const told = [];
  const bot = wecomBot({
    token: 't',
    encodingAESKey: KEY,
    store: memoryStore(),
    answer: () => 'x',
  });
  const heard = deferred();
  bot.on('error', (error) => told.push(error));
  bot.on('refused', ({ reason }) => heard.resolve(reason));
  const { port } = new URL(await SERVERS['node:http'](t, bot));
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"encrypt"');
  socket.end();
  assert.equal(await within(heard.promise, 30_000, 'a refusal'), 'body');
  assert.deepEqual(told, []);
});

test('a body of a megabyte is not read to its end', async (t) => {
  const refused = [];
  const bot = officialAccount({ ...ACCOUNT, store: memoryStore(), answer: () => 'x' });
  bot.on('refused', ({ reason }) => refused.push(reason));
  const url = await SERVERS['node:http'](t, bot);
  const body = 'x'.repeat(1_000_000);
  // Signed rightly: the size alone is wrong.
  const wechat = fakeOfficialAccount({
    ...ACCOUNT,
    target: async (request) => {
      const large = new Request(request.url.replace('http://bot.example/callback', url), {
        method: 'POST',
        body,
      });
      const response = await fetch(large);
      assert.equal(response.status, 403);
      return new Response('success');
    },
  });
  await wechat.say('ann', 'x');
  assert.deepEqual(refused, ['size']);
});
