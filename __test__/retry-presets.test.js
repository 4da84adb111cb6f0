'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EventSource, chat, connect } = require('../index.js');
const browser = require('../lib/browser/index.js');
const { startFaultServer, startProvider } = require('../lib/testing/testing.js');
const { next } = require('./support/client.js');
const { within } = require('./support/deadline.js');

const PATIENCE_MS = 30_000;

/** A server for one test. */
async function served(t, start, options) {
  const server = await start(options);
  t.after(() => server.close());
  return server;
}

/** What the first retry after a failure tells. */
async function firstRetry(t, stream) {
  t.after(() => stream.close());
  const told = await next(stream, 'retry');
  stream.close();
  return told;
}

/** What the names stand for: attempts, the first wait at least and at most, and whether 503 is repeated. */
const PRESETS = {
  patient: { attempts: 10, least: 750, most: 1250 },
  browser: { attempts: null, least: 3000, most: 3600 },
  api: { attempts: 2, least: 250, most: 500 },
};
/** A page waits a second at the least, or its first wait if that is shorter. */
const OF_PAGE = {
  patient: { least: 1000, most: 1500 },
  api: { least: 500, most: 750 },
};

for (const [where, client] of Object.entries({ node: connect, browser: browser.connect })) {
  for (const [retry, preset] of Object.entries(PRESETS)) {
    test(`${where}: ${retry} has its attempts and its first wait`, async (t) => {
      const server = await served(t, startFaultServer, { script: [{ connection: 'reset' }] });
      const told = await firstRetry(t, client(server.url, { retry }));
      const { attempts, least, most } = { ...preset, ...(where === 'browser' && OF_PAGE[retry]) };
      assert.deepEqual([told.attempt, told.maxAttempts ?? null], [1, attempts]);
      assert.ok(told.delay >= least && told.delay <= most, String(told.delay));
    });
  }

  test(`${where}: after a status patient and api wait, browser is over`, async (t) => {
    const server = await served(t, startFaultServer, { script: () => ({ status: 503 }) });
    for (const retry of ['patient', 'api']) {
      const { error } = await firstRetry(t, client(server.url, { retry }));
      assert.equal(error.status, 503);
    }
    const failed = client(server.url, { retry: 'browser' });
    failed.on('error', () => {});
    await assert.rejects(within(failed.opened, PATIENCE_MS, 'the end'), { status: 503 });
  });

  test(`${where}: api waits as Retry-After says, and sends no POST again that may have been acted on`, async (t) => {
    const server = await served(t, startFaultServer, {
      script: [{ status: 429, retryAfter: 7 }, { status: 503 }],
    });
    const post = () => client(server.url, { body: { question: 1 }, retry: 'api' });
    const { delay } = await firstRetry(t, post());
    assert.ok(delay >= 7000 && delay < 8000, String(delay));
    const refused = post();
    refused.on('error', () => {});
    await assert.rejects(within(refused.opened, PATIENCE_MS, 'the end'), { status: 503 });
    assert.equal(server.requests.length, 2);
  });

  test(`${where}: another name is refused, and all names are told`, () => {
    for (const [retry, shown] of [
      ['slow', '"slow"'],
      ['toString', '"toString"'],
      [true, 'true'],
    ]) {
      assert.throws(() => client('http://127.0.0.1:1', { retry }), {
        code: 'ERR_SSE_OPTION',
        message: `retry must be an object, false for never, or one of "patient", "browser", "api", got ${shown}`,
      });
    }
  });
}

test('patient rests for an hour after ten attempts', async (t) => {
  const server = await served(t, startFaultServer, {
    script: () => ({ status: 503 }),
  });
  const stream = connect(server.url, { retry: 'patient' });
  t.after(() => stream.close());
  const waits = [];
  const rest = new Promise((resolve) => {
    stream.on('retry', ({ delay, recovery }) => {
      waits.push({ delay, recovery });
      if (recovery) resolve(undefined);
      else stream.reconnect();
    });
  });
  await within(rest, PATIENCE_MS, 'the rest');
  assert.equal(waits.length, 11);
  assert.deepEqual(waits.at(-1), { delay: 3_600_000, recovery: true });
  assert.equal(server.requests.length, 11);
});

test('EventSource takes a name, and ends after a status as without', async (t) => {
  const server = await served(t, startFaultServer, { script: () => ({ status: 503 }) });
  const ended = (init) => {
    const source = new EventSource(server.url, init);
    t.after(() => source.close());
    return new Promise((resolve) => {
      source.addEventListener('error', () => resolve(source.readyState));
    });
  };
  assert.equal(await ended({ retry: 'browser' }), EventSource.CLOSED);
  assert.equal(await ended({ retry: 'patient' }), EventSource.CLOSED);
  assert.throws(() => new EventSource(server.url, { retry: 'slow' }), { code: 'ERR_SSE_OPTION' });
});

test('an answer takes a name: patient has ten attempts and no rest, api pays once', async (t) => {
  const provider = await served(t, startProvider, {
    script: [{ status: 503 }, { status: 503 }, { status: 429, retryAfter: 0 }, {}],
  });
  const options = { baseUrl: provider.url, apiKey: null, model: 'm', messages: [] };
  const ask = (retry) => chat({ ...options, messages: [{ role: 'user', content: 'Why?' }], retry });
  const patient = ask('patient');
  const told = await next(patient, 'retry');
  patient.stop();
  assert.deepEqual([told.maxAttempts, told.error.status], [10, 503]);
  assert.ok(told.delay >= 750 && told.delay <= 1250, String(told.delay));
  await assert.rejects(ask('api').text(), { status: 503 });
  assert.equal(provider.requests.length, 2);
  const careful = ask('api');
  assert.equal(await careful.text(), '');
  assert.equal(provider.requests.length, 4);
  assert.throws(() => ask('slow'), {
    message: /^retry must be .* "patient", "browser", "api", got/,
  });
});
