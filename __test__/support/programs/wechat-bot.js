'use strict';

/**
 * A bot of WeCom, and an Official Account, in a process of their own. Says its address; argument: JSON with `redis`, `provider`
 * (options of `chat()`), `bot`, `account`, `onLost` and `lease`.
 */

const http = require('node:http');
const { chat, createRelay, memoryStore, redisLog, redisStore } = require('../../../index.js');
const { officialAccount, wecomBot } = require('../../../lib/wechat/wechat.js');

const { redis, provider, bot, account, onLost, lease, fetch } = JSON.parse(process.argv[2]);
const store = redis ? redisStore({ url: redis }) : memoryStore();
const relay = createRelay({
  name: 'bots',
  // What is shown is in the log.
  durability: 'durable',
  ...(lease && { lease }),
  ...(redis && { log: redisLog({ url: redis }) }),
});

/** The API of WeChat is that of the parent. */
const api = (url, init) =>
  globalThis.fetch(new URL(new URL(url).pathname + new URL(url).search, fetch), init);

const answer = ({ messages, deadline, text }) =>
  chat({ ...provider, messages, deadline, resume: 'restart', requestId: encodeURIComponent(text) });
const doors = {
  '/wecom': wecomBot({ ...bot, store, relay, onLost, answer, fetch: api }),
  '/wechat': officialAccount({ ...account, store, answer, fetch: api }),
};
const errors = [];
for (const door of Object.values(doors)) door.on('error', ({ code }) => errors.push(code));

const server = http.createServer((request, response) =>
  doors[new URL(request.url, 'http://localhost').pathname].handler(request, response),
);
process.on('disconnect', () => process.exit());
process.on('message', () => process.send({ errors }));
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
