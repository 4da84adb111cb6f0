'use strict';

const assert = require('node:assert/strict');
const { after, describe, test } = require('node:test');
const { RETRY_PRESETS } = require('../lib/options/retry-presets.js');
const { visit } = require('./support/browser.js');
const { next, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { serveFetch } = require('./support/fetch-server.js');
const { startProvider } = require('./support/provider.js');
const { SampleFolder, sample, samplesOf } = require('./support/samples.js');

const PATIENCE_MS = 30_000;
const CLIENTS = 'docs/migration/clients.md';
const SERVERS = 'docs/migration/servers.md';

const folder = new SampleFolder(['hono']);
after(() => folder.remove());

/** A sample of the pages, with waits that do not make a test wait. */
const load = (page, name, replaced = {}) => folder.import(sample(page, name), replaced);
const FAST = { 'baseDelay: 1000': 'baseDelay: 5, minDelay: 1' };
/** The policy of that name with other waits. */
const PATIENT = JSON.stringify({
  ...RETRY_PRESETS.patient,
  ...{ baseDelay: 5, minDelay: 1, maxDelay: 10, recoverAfter: 20 },
});
const SOON = { "'patient'": PATIENT };

test('each class becomes 7 to 20 lines', () => {
  const samples = [CLIENTS, SERVERS].flatMap(samplesOf);
  assert.equal(samples.length, 8);
  for (const { name, code } of samples) {
    const lines = code.trim().split('\n').length;
    assert.ok(lines >= 7 && lines <= 20, `${name} has ${lines} lines`);
  }
});

describe('a client that reconnects', () => {
  test('goes on behind the last event, through a reset, a refusal and a cut, until "done"', async (t) => {
    const faults = [
      async (exchange) => {
        await exchange.write('id: 1\ndata: one\n\n');
        await exchange.reset();
      },
      (exchange) => exchange.status(503),
      async (exchange) => {
        await exchange.write('id: 2\ndata: two\n\n');
        await exchange.truncate();
      },
      async (exchange) => {
        await exchange.write('event: done\ndata: \n\n');
        await exchange.end();
      },
    ];
    const server = await serve(t, (exchange) => faults[server.requests.length - 1](exchange));
    const { reconnectClient } = await load(CLIENTS, 'reconnect-client.mjs', SOON);
    const told = { messages: [], opened: 0, lost: [], failed: [] };
    const stream = reconnectClient({
      url: server.url,
      onMessage: (data) => told.messages.push(data),
      onConnect: () => {
        told.opened += 1;
      },
      onDisconnect: (error) => told.lost.push(error.code),
      onError: (error) => told.failed.push(error),
    });
    assert.equal((await within(stream.closed, PATIENCE_MS, 'the end')).reason, 'terminal');
    assert.deepEqual(told, {
      messages: ['one', 'two'],
      opened: 3,
      lost: ['ERR_SSE_RESET', 'ERR_SSE_STATUS', 'ERR_SSE_TRUNCATED'],
      failed: [],
    });
    assert.equal(server.requests.at(-1).headers['last-event-id'], '2');
  });

  test('gives up after ten attempts, says so, and begins anew', async (t) => {
    const server = await serve(t, (exchange) => {
      if (server.requests.length <= 11) return exchange.status(503);
      return exchange.write('event: done\ndata: \n\n').then(() => exchange.end());
    });
    const { reconnectClient } = await load(CLIENTS, 'reconnect-client.mjs', SOON);
    const errors = [];
    let lost = 0;
    const stream = reconnectClient({
      url: server.url,
      onMessage: () => {},
      onConnect: () => {},
      onDisconnect: () => {
        lost += 1;
      },
      onError: ({ code }) => errors.push(code),
    });
    await within(stream.closed, PATIENCE_MS, 'the end');
    assert.deepEqual([lost, errors, server.requests.length], [10, ['ERR_SSE_STATUS'], 12]);
  });
});

describe('a POST with its end', () => {
  const payload = { model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hello' }] };

  /** What one call comes to. */
  async function ask(provider) {
    const { connectStream } = await load(CLIENTS, 'post-manager.mjs', FAST);
    const told = { messages: [], errors: [] };
    const stream = connectStream(`${provider.url}/v1/chat/completions`, {
      apiKey: 'sk-1',
      payload,
      onMessage: (data) => told.messages.push(data),
      onError: ({ code }) => told.errors.push(code),
    });
    await within(stream.closed, PATIENCE_MS, 'the end').catch(() => {});
    return told;
  }

  test('is tried again after 429, and ends with [DONE]', async (t) => {
    const provider = await startProvider(t, { faults: [{ status: 429 }, { status: 429 }] });
    const { messages, errors } = await ask(provider);
    assert.deepEqual([messages.at(-1), errors], ['[DONE]', []]);
    assert.deepEqual(
      provider.requests.map(({ body, key }) => [body.stream, key]),
      Array(3).fill([true, 'sk-1']),
    );
  });

  test('is not sent again once content came', async (t) => {
    const provider = await startProvider(t, { faults: [{ content: 2, how: 'end' }] });
    const { messages, errors } = await ask(provider);
    assert.ok(messages.length > 0);
    assert.deepEqual([errors, provider.requests.length], [['ERR_SSE_TRUNCATED'], 1]);
  });
});

test('a policy with statistics tells each retry, and the end of them', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(500));
  const { withPolicy } = await load(CLIENTS, 'policy.mjs', {
    'attempts: 10': 'attempts: 3',
    'baseDelay: 1000': 'baseDelay: 5',
    'minDelay: 500': 'minDelay: 4',
  });
  const told = [];
  const stream = withPolicy(server.url, {}, (name, what) => told.push([name, what]));
  await assert.rejects(stream.closed, { code: 'ERR_SSE_STATUS' });
  const retries = told.filter(([name]) => name === 'retry_scheduled');
  assert.deepEqual(
    retries.map(([, { attempt, error }]) => [attempt, error.status]),
    [1, 2, 3].map((attempt) => [attempt, 500]),
  );
  for (const [, { delay }] of retries) assert.ok(delay >= 4 && delay <= 26, String(delay));
  const [name, stats] = told.at(-1);
  assert.deepEqual([name, stats.attempts, stats.errorCount], ['retry_exhausted', 4, 4]);
});

test('a queue of questions answers one after the other, and asks again after a cut', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 2, how: 'truncate' }] });
  const { answerQueue } = await load(CLIENTS, 'queue.mjs', {
    "'patient'": '{ attempts: 10, baseDelay: 5, minDelay: 1 }',
  });
  const retries = [];
  let chunks = 0;
  const ask = answerQueue(provider.options(), {
    onMessage: () => {
      chunks += 1;
    },
    onReconnect: (attempt, delay) => retries.push([attempt, delay >= 1]),
  });
  const questions = ['one', 'two'].map((content) => [{ role: 'user', content }]);
  assert.deepEqual(await Promise.all(questions.map(ask)), [provider.text, provider.text]);
  assert.deepEqual(
    provider.requests.map(({ body }) => body.messages[0].content),
    ['one', 'one', 'two'],
  );
  assert.deepEqual(retries, [[1, true]]);
  assert.ok(chunks > 0);
});

test('an emitter for bots has the events of the guide, and stops', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 429 }] });
  const { ask } = await load(CLIENTS, 'bot-client.mjs', {
    ...FAST,
    'process.env.BASE_URL': `'${provider.url}/v1'`,
    'process.env.API_KEY': "'sk-1'",
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  const answer = ask(messages, { requestId: 'request-7' });
  const names = [];
  for (const name of ['connected', 'data', 'content', 'retry', 'done', 'error', 'stopped']) {
    answer.on(name, () => names.push(name));
  }
  assert.equal(await answer.text(), provider.text);
  await answer.closed;
  assert.deepEqual([...new Set(names)].toSorted(), [
    'connected',
    'content',
    'data',
    'done',
    'retry',
  ]);
  const [, { headers, body }] = provider.requests;
  assert.equal(headers['x-request-id'], 'request-7');
  assert.deepEqual([body.temperature, body.max_tokens ?? body.max_completion_tokens], [0.7, 2048]);
  const waiting = deferred();
  provider.follow({ before: () => waiting.promise });
  const stopped = ask(messages);
  const told = next(stopped, 'stopped');
  await provider.request(2);
  stopped.stop();
  await within(told, PATIENCE_MS, 'stopped');
  waiting.resolve();
});

test('named events come as JSON, and five attempts are the end', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (server.requests.length > 1) return exchange.status(503);
    await exchange.write('event: price\nid: 1\ndata: {"cents":7}\n\ndata: {"plain":true}\n\n');
    return exchange.reset();
  });
  const { jsonClient } = await load(CLIENTS, 'json-client.mjs', {
    'maxDelay: 30_000': 'baseDelay: 5, minDelay: 1, maxDelay: 20',
  });
  const heard = [];
  const gaveUp = deferred();
  jsonClient(server.url)
    .on('connect', () => heard.push('connect'))
    .on('price', (data) => heard.push(data))
    .on('message', (data) => heard.push(data))
    .on('max_reconnect_exceeded', gaveUp.resolve);
  const { code } = await within(gaveUp.promise, PATIENCE_MS, 'the end of attempts');
  assert.equal(code, 'ERR_SSE_STATUS');
  assert.deepEqual(heard, ['connect', { cents: 7 }, { plain: true }]);
  assert.equal(server.requests.length, 6);
});

test('a channel server broadcasts, notifies users, and lets them join channels', async (t) => {
  const { app, hub } = await load(SERVERS, 'channel-server.mjs');
  const server = await serveFetch((request) => app.fetch(request));
  t.after(async () => {
    await hub.close({ spread: 0, deadline: 100 });
    await server.close();
  });
  assert.equal((await fetch(`${server.url}/api/events`)).status, 401);
  const page = await visit(`${server.url}/api/events`, { headers: { 'x-user': 'ann' } });
  const { event, data } = await page.next();
  assert.equal(event, 'connected');
  const { clientId } = JSON.parse(data);
  const post = (path, body) =>
    fetch(`${server.url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user': 'ann' },
      body: JSON.stringify(body),
    });
  await post('broadcast', { event: 'news', data: 1 });
  await post('notify/bob', { event: 'notification', data: 'not for ann' });
  await post('notify/ann', { event: 'notification', data: 2 });
  assert.equal((await post('events/subscribe', { clientId, channel: 'sport' })).status, 204);
  await hub.publish('sport', { event: 'goal', data: 3 });
  for (const [name, value] of [
    ['news', '1'],
    ['notification', '2'],
    ['goal', '3'],
  ]) {
    const told = await page.next();
    assert.deepEqual([told.event, told.data], [name, value]);
  }
  assert.equal((await post('events/subscribe', { clientId: 'none', channel: 'x' })).status, 404);
  assert.equal((await post('events/unsubscribe', { clientId, channel: 'sport' })).status, 204);
  page.leave();
});

test('keys are rotated while answers run, and callers move to the new provider in steps', async (t) => {
  const [old, fresh] = [await startProvider(t), await startProvider(t)];
  t.mock.method(console, 'warn', () => {});
  const { ask, pool, rotate, step } = await load(SERVERS, 'operations.mjs', {
    'process.env.OLD_URL': `'${old.url}/v1'`,
    'process.env.OLD_KEY': "'sk-old'",
    'process.env.NEW_URL': `'${fresh.url}/v1'`,
    'process.env.NEW_KEY': "'sk-new'",
  });
  const everybody = () =>
    Promise.all(
      Array.from({ length: 40 }, (_, user) =>
        ask(`user-${user}`, [{ role: 'user', content: 'Hello' }]).text(),
      ),
    );
  await everybody();
  const before = fresh.requests.length;
  assert.ok(before < 20, `${before} of 40 at 5 %`);
  step(1);
  await everybody();
  assert.equal(fresh.requests.length - before, 40);
  rotate('new', 'sk-new', 'sk-newer');
  await everybody();
  assert.equal(fresh.requests.at(-1).key, 'sk-newer');
  assert.deepEqual(
    pool.endpoints.map(({ name, requests }) => [name, requests > 0]),
    [
      ['old', true],
      ['new', true],
    ],
  );
});
