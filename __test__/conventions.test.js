'use strict';

const assert = require('node:assert/strict');
const events = require('node:events');
const { join } = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const vm = require('node:vm');
const {
  EventSource,
  EventStreamDecoder,
  EventStreamDecoderStream,
  chat,
  connect,
  createPool,
} = require('../index.js');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { deno } = require('./support/runtimes.js');

const NATIVE = join(__dirname, '..', 'lib', 'core', 'native.js');

async function one(exchange) {
  await exchange.event({ data: 'one' });
  await exchange.event({ event: 'named', data: 'two' });
  await exchange.stall();
}

test('a monitor of errors hears of the failure before the listeners do, and handles nothing', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(401));
  const stream = connect(server.url);
  const heard = [];
  stream.on(events.errorMonitor, (error) => heard.push(['monitor', error.code]));
  stream.on('error', (error) => heard.push(['listener', error.code]));
  const { promise, resolve } = deferred();
  stream.on('close', resolve);
  await within(promise, PATIENCE_MS, 'the end');
  assert.deepEqual(heard, [
    ['monitor', 'ERR_SSE_STATUS'],
    ['listener', 'ERR_SSE_STATUS'],
  ]);
});

/** Makes something while Node captures rejections of every emitter that is made. */
function capturing(make) {
  events.captureRejections = true;
  try {
    return make();
  } finally {
    events.captureRejections = false;
  }
}

for (const name of ['open', 'event', 'event:named', 'close']) {
  test(`a listener for "${name}" that rejects is an error where rejections are captured`, async (t) => {
    const server = await serve(t, one);
    const stream = capturing(() => connect(server.url));
    t.after(() => stream.close());
    const heard = [];
    const { promise, resolve } = deferred();
    const failure = new Error(name);
    stream.on(name, async () => Promise.reject(failure));
    stream.on('event:named', () => name === 'close' && stream.close());
    stream.on(events.errorMonitor, (error) => heard.push(error));
    stream.on('error', (error) => {
      heard.push(error);
      resolve();
    });
    await within(promise, PATIENCE_MS, 'the error');
    assert.deepEqual(heard.slice(0, 2), [failure, failure]);
    // The stream itself has not failed.
    assert.equal(stream.readyState, name === 'close' ? 2 : 1);
  });
}

test('an emitter with a method of its own for rejections is told by it', async (t) => {
  const server = await serve(t, one);
  const stream = capturing(() => connect(server.url));
  t.after(() => stream.close());
  const { promise, resolve } = deferred();
  stream[Symbol.for('nodejs.rejection')] = (...args) => resolve(args);
  const failure = new Error('rejected');
  stream.once('event', async () => Promise.reject(failure));
  const [error, name, event] = await within(promise, PATIENCE_MS, 'the rejection');
  assert.deepEqual([error, name, event.data], [failure, 'event', 'one']);
});

test('a listener for errors that rejects is called once', async (t) => {
  const server = await serve(t, one);
  const stream = capturing(() => connect(server.url));
  t.after(() => stream.close());
  const { promise, resolve } = deferred();
  let calls = 0;
  stream.on('error', () => {
    calls += 1;
    setTimeout(resolve, 50);
    const rejected = Promise.reject(new Error('again'));
    // The runner would take it for its own; here only the emitter must not take it for one more error.
    rejected.catch(() => {});
    return rejected;
  });
  stream.once('event', async () => Promise.reject(new Error('first')));
  await within(promise, PATIENCE_MS, 'the error');
  assert.equal(calls, 1);
});

test('a pool captures rejections, too', async (t) => {
  const pool = capturing(() =>
    createPool([{ name: 'one', baseUrl: 'http://127.0.0.1:9', apiKey: 'k' }]),
  );
  const failed = events.once(pool, 'error').catch((error) => [error]);
  pool.on('change', async () => Promise.reject(new Error('of a pool')));
  const stream = connect('events', { pool, retry: { attempts: 4, baseDelay: 1, minDelay: 0 } });
  t.after(() => stream.close());
  stream.closed.catch(() => {});
  const [error] = await within(failed, PATIENCE_MS, 'the error');
  assert.equal(error.message, 'of a pool');
});

/** Bytes as scripts in a context of their own make them, such as tests that Jest runs. */
const foreign = (code) => vm.runInNewContext(code);

const FOREIGN_BODIES = {
  'a Uint8Array': 'new Uint8Array([104, 105])',
  'part of a buffer': 'new Uint8Array([1, 104, 105, 2]).subarray(1, 3)',
  'an ArrayBuffer': 'new Uint8Array([104, 105]).buffer',
  'a DataView': 'new DataView(new Uint8Array([104, 105]).buffer)',
};

for (const [what, code] of Object.entries(FOREIGN_BODIES)) {
  test(`${what} of another realm is a body`, async (t) => {
    const server = await serve(t, one);
    for (const body of [foreign(code), () => foreign(code)]) {
      const stream = connect(server.url, { body });
      await within(stream.opened, PATIENCE_MS, 'the response');
      stream.close();
    }
    assert.deepEqual(
      server.requests.map(({ body }) => body.toString()),
      ['hi', 'hi'],
    );
  });
}

test('bytes of another realm are decoded, and nothing else of it is', async () => {
  const seen = [];
  const bytes = foreign(
    'new Uint8Array([120, ...[...("data: one\\n\\n")].map((c) => c.charCodeAt())]).subarray(1)',
  );
  const decoder = new EventStreamDecoder({ onEvent: ({ data }) => seen.push(data) });
  decoder.feed(bytes);
  assert.deepEqual(seen, ['one']);
  for (const wrong of [
    'new Uint16Array(2)',
    '[1]',
    '"text"',
    '({ [Symbol.toStringTag]: "Uint8Array" })',
  ]) {
    assert.throws(() => decoder.feed(foreign(wrong)), { code: 'ERR_SSE_OPTION' }, wrong);
  }
  const stream = new EventStreamDecoderStream();
  const writer = stream.writable.getWriter();
  writer.write(bytes);
  writer.close();
  for await (const { data } of stream.readable) seen.push(data);
  assert.deepEqual(seen, ['one', 'one']);
});

test('a signal that knows no reason rejects with an AbortError', async (t) => {
  const server = await serve(t, one);
  const signal = Object.assign(new EventTarget(), { aborted: false });
  const stream = connect(server.url, { signal });
  await within(stream.opened, PATIENCE_MS, 'the response');
  signal.aborted = true;
  signal.dispatchEvent(new Event('abort'));
  await assert.rejects(within(stream.closed, PATIENCE_MS, 'the end'), { name: 'AbortError' });
  const late = connect(server.url, { signal });
  await assert.rejects(within(late.opened, PATIENCE_MS, 'the end'), { name: 'AbortError' });
});

const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

for (const [flags, remedy] of [
  [['--no-addons'], /Node runs with --no-addons; run it without that flag/],
  [[PERMISSION, '--allow-fs-read=*'], /permission model forbids them; add --allow-addons/],
]) {
  test(`${flags.join(' ')} is told of as such`, async () => {
    const { code, stderr } = await runChild(NATIVE, { nodeArgs: flags });
    assert.equal(code, 1);
    assert.match(stderr, remedy);
  });
}

test('Deno without permission to load an addon is told of as such', async () => {
  const args = ['run', '--no-prompt', '--allow-read', '--allow-env', '--allow-sys', NATIVE];
  const { code, stderr } = await runChild(await deno(), { args });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /Deno loads none without permission; run it with --allow-ffi/);
});

test('util.inspect shows class, redacted URL, state and counts, and no secret', async (t) => {
  const server = await serve(t, one);
  const secret = 'sk-conventions-secret';
  const url = `${server.url.replace('//', `//user:${secret}@`)}/events?key=${secret}`;
  const stream = connect(url, { headers: { authorization: secret } });
  t.after(() => stream.close());
  const first = deferred();
  stream.on('event', first.resolve);
  await within(first.promise, PATIENCE_MS, 'an event');
  const source = new EventSource(url);
  t.after(() => source.close());
  const opened = deferred();
  source.onopen = opened.resolve;
  await within(opened.promise, PATIENCE_MS, 'the other stream');
  const messages = [{ role: 'user', content: secret }];
  const answer = chat({ baseUrl: server.url, apiKey: secret, model: 'm', messages });
  answer.stop();
  const pool = createPool([{ name: 'one', baseUrl: url.replace(/\/\/.*@/, '//'), apiKey: secret }]);
  const shown = [stream, source, answer, pool].map((one) => inspect(one));
  assert.match(
    shown[0],
    /^EventStream \{.*\/events\?key=\*\*\*',\s+state: 'open.*attempts: 1,.*events: [12]/s,
  );
  assert.match(shown[1], /^EventSource \{.*\/events\?key=\*\*\*',\s+state: 'open.*attempts: 1/s);
  assert.match(shown[2], /^ChatStream \{.*url: 'http.*state: 'closed/s);
  assert.match(
    shown[3],
    /^EndpointPool \{\s+endpoints: \[.*name: 'one',\s+breaker: 'closed',\s+keys: 1/s,
  );
  for (const text of shown) assert.ok(!text.includes(secret), text);
  assert.match(inspect({ a: { b: { c: { stream } } } }), /\[EventStream\]|\[Object\]/);
  stream.close();
  assert.match(inspect(stream), /state: 'closed/);
});
