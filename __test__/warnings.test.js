'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { serve } = require('./support/client.js');

/** Runs a program that has `connect`, `chat` and the URL, and prints its warnings. */
async function warnings(server, code) {
  const start = `
    const { chat, connect } = require(${JSON.stringify(join(__dirname, '..'))});
    const url = ${JSON.stringify(server.url)};
    process.on('warning', ({ name, code, message }) => console.log(JSON.stringify([name, code, message])));
    const quick = { retry: { baseDelay: 1, minDelay: 0, jitter: 'none' } };
  `;
  const ran = await runChild('-e', { args: [`${start}${code}`] });
  assert.equal(ran.code, 0, ran.stderr);
  return ran.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test('names that other emitters have are warned of once, with the right ones', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ data: 'one' });
    await exchange.end();
  });
  const told = await warnings(
    server,
    `const stream = connect(url);
     for (const name of ['message', 'data', 'end', 'connect', 'constructor', 'mine', 'event:data'])
       stream.on(name, () => {}).prependListener(name, () => {});
     for (const name of ['open', 'event', 'comment', 'retry', 'error', 'close']) stream.on(name, () => {});
     connect(url).once('data', () => {}).close();
     stream.close();
     const answer = chat({ baseUrl: url, apiKey: null, model: 'm', messages: [{ role: 'user', content: 'x' }] });
     for (const name of ['data', 'done', 'content', 'connected', 'message', 'end']) answer.on(name, () => {});
     answer.stop();`,
  );
  for (const [name, code] of told) {
    assert.deepEqual([name, code], ['UnknownEventWarning', 'SSE_WARN_EVENT_NAME']);
  }
  const messages = told.map(([, , message]) => message);
  assert.equal(messages.length, 6, messages.join('\n'));
  for (const [at, expected] of [
    [0, /EventStream has no event "message"; listen for "event"/],
    [1, /EventStream has no event "data"; listen for "event"/],
    [2, /EventStream has no event "end"; listen for "close"/],
    [3, /EventStream has no event "connect"; listen for "open"/],
    [4, /ChatStream has no event "message"; listen for "content"/],
    [5, /ChatStream has no event "end"; listen for "done"/],
  ]) {
    assert.match(messages[at], expected);
  }
});

test('a server that is never there is warned of once, unless retries are listened for', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(503));
  const secret = 'sk-conventions-secret';
  const code = (/** @type {string} */ listening) => `
    let left = 3;
    for (let n = 0; n < 3; n++) {
      const stream = connect(url.replace('//', '//user:${secret}@') + '/?key=${secret}', {
        ...quick, retry: { ...quick.retry, attempts: 6 }, shouldRetry: () => undefined,
      });
      stream.on('error', () => {});
      ${listening}
    }`;
  const told = await warnings(server, code(''));
  assert.equal(told.length, 1, JSON.stringify(told));
  const [name, warning, message] = told[0];
  assert.deepEqual([name, warning], ['UnconnectedStreamWarning', 'SSE_WARN_UNCONNECTED']);
  assert.match(message, /^no stream from [\w.]+:\d+ after 3 attempts \(ERR_SSE_STATUS\).*"retry"/);
  assert.ok(message.includes(String(server.port)) && !message.includes(secret), message);
  assert.deepEqual(await warnings(server, code("stream.on('retry', () => {});")), []);
});

test('a stream that was open, or fails but twice, is not warned of', async (t) => {
  const server = await serve(t, async (exchange) => {
    const { length } = server.requests;
    if (length === 3) await exchange.event({ data: 'one' });
    if (length < 3) return exchange.status(503);
    if (length > 7) return exchange.status(204);
    await exchange.reset();
  });
  assert.deepEqual(await warnings(server, "connect(url, quick).on('event', () => {});"), []);
  assert.equal(server.requests.length, 8);
});

test('a failure that only a monitor hears of is warned of, and one that is listened for is not', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(401));
  const told = await warnings(
    server,
    `const { errorMonitor } = require('node:events');
     connect(url).on(errorMonitor, () => {});
     connect(url).on('error', () => {});
     connect(url).on('close', () => {});
     connect(url).closed.catch(() => {});`,
  );
  assert.deepEqual(
    told.map(([name, , message]) => [name, message.slice(0, 14)]),
    [['UnwatchedStreamWarning', 'ERR_SSE_STATUS']],
  );
});
