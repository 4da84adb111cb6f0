'use strict';

/**
 * A bot of WeCom, and an Official Account, in a process of their own. Says its address, and then what it measured; argument: JSON with `redis`, `provider`
 * (options of `chat()`), `bot`, `account`, `onLost` and `lease`.
 */

const http = require('node:http');
const { monitorEventLoopDelay } = require('node:perf_hooks');
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

/** What needs no model is said at once. */
const answer = ({ messages, deadline, text }) =>
  text.startsWith('echo ')
    ? text.slice(5)
    : chat({ ...provider, messages, deadline, resume: 'restart' });
const doors = {
  '/wecom': wecomBot({ ...bot, store, relay, onLost, answer, fetch: api }),
  '/wechat': officialAccount({ ...account, store, answer, fetch: api }),
};
const errors = [];
for (const door of Object.values(doors)) {
  door.on('error', ({ code, cause }) => errors.push(`${code} ${cause?.message}`));
}

/** The longest time from a request to the end of its response, in milliseconds. */
let slowest = 0;

const server = http.createServer((request, response) => {
  const came = performance.now();
  response.once('finish', () => {
    slowest = Math.max(slowest, performance.now() - came);
  });
  doors[new URL(request.url, 'http://localhost').pathname].handler(request, response);
});
process.on('disconnect', () => process.exit());

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
/** Begins a measurement, or tells of it, in milliseconds. */
process.on('message', (what) => {
  if (what === 'begin') {
    delay.reset();
    slowest = 0;
  }
  const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map(
    (time) => time / 1e6,
  );
  process.send({ errors, p50, p99, max, slowest });
});
// A thousand connections at once are more than Node lets wait, and the kernel would ask again after seconds.
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send(`http://127.0.0.1:${server.address().port}`),
);
