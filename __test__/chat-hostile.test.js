'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, outcome } = require('./support/answers.js');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { MIB, watchRss } = require('./support/memory.js');

/** What RSS may grow by, the server in this process and its buffers included. */
const MOST_GROWTH = 160;

const chunk = (choices) => `data: ${JSON.stringify({ id: 'x', model: 'm', choices })}\n\n`;
const piece = (delta, index = 0) => chunk([{ index, delta, finish_reason: null }]);
const call = (fn, index = 0) => piece({ tool_calls: [{ index, id: 'c', function: fn }] });

/** Asks a server that says what `pour` writes, for as long as the client reads. */
async function endure(t, pour, options = {}) {
  const server = await serve(t, async (exchange) => {
    exchange.head();
    await pour(exchange);
  });
  const watch = watchRss();
  const started = performance.now();
  const answer = ask(t, {
    baseUrl: server.url,
    apiKey: null,
    model: 'm',
    messages: [{ role: 'user', content: 'Do your worst.' }],
    retry: false,
    ...options,
  });
  const heard = await hear(answer);
  return {
    server,
    answer,
    heard,
    error: heard.error,
    growth: watch.stop() / MIB,
    took: performance.now() - started,
  };
}

/** Writes one block again and again; a client that reads on and on fails the test. */
async function flood(exchange, block, mebibytes = 256) {
  for (let sent = 0; sent < mebibytes * MIB; sent += block.length) await exchange.write(block);
  throw new Error(`the client read ${mebibytes} MiB of it`);
}

/** Asserts that a bound was met, cheaply, and that the server was left. */
async function isBound({ server, error, growth }) {
  assert.deepEqual([error?.code, error?.kind], ['ERR_SSE_SIZE', 'bound']);
  assert.equal(error.retryable, false);
  assert.ok(growth < MOST_GROWTH, `RSS grew by ${growth} MiB`);
  assert.equal(server.requests.length, 1);
  await within(server.connections[0].closed, PATIENCE_MS, 'the close at the server');
}

test('a million choices in one event are a bound, and cost little', async (t) => {
  const choices = Array.from({ length: 1_000_000 }, (_, index) => ({ index, delta: {} }));
  const text = chunk(choices);
  await isBound(await endure(t, (exchange) => exchange.write(text)));
});

test('a choice and a tool call of absurd numbers are bounds', async (t) => {
  for (const text of [piece({ content: 'a' }, 128), piece({ content: 'a' }, 4e9), call({}, 128)]) {
    await isBound(await endure(t, (exchange) => exchange.write(text)));
  }
});

test('a thousand tool calls are a bound', async (t) => {
  const pour = async (exchange) => {
    for (let index = 0; index < 1000; index++) await exchange.write(call({ name: 'f' }, index));
  };
  const result = await endure(t, pour);
  await isBound(result);
  assert.equal(result.error.partial.toolCalls.length, 128);
});

test('arguments without an end meet their limit', async (t) => {
  const block = call({ arguments: 'x'.repeat(64 * 1024) });
  const byDefault = await endure(t, (exchange) => flood(exchange, block));
  await isBound(byDefault);
  const size = byDefault.error.partial.toolCalls[0].arguments.length;
  assert.ok(size > 15 * MIB && size <= 16 * MIB, `${size}`);
  const told = await endure(t, (exchange) => flood(exchange, block), {
    limits: { arguments: 200_000 },
  });
  await isBound(told);
  assert.equal(told.error.partial.toolCalls[0].arguments.length, 3 * 64 * 1024);
});

test('100 MB of arguments in one event are no answer, and cost no more than an event may', async (t) => {
  const text = call({ arguments: 'x'.repeat(100_000_000) });
  const { error, growth } = await endure(t, async (exchange) => {
    for (let from = 0; from < text.length; from += MIB) {
      await exchange.write(text.slice(from, from + MIB));
    }
  });
  assert.equal(error.code, 'ERR_SSE_SIZE');
  assert.equal(error.partial.toolCalls.length, 0);
  // An event may have 64 MiB; a buffer that grows is there twice for a moment.
  assert.ok(growth < 256, `RSS grew by ${growth} MiB`);
});

test('text without an end meets its limit, and what came until then is there', async (t) => {
  const text = '流'.repeat(10_000);
  const block = piece({ content: text });
  const { error, ...rest } = await endure(t, (exchange) => flood(exchange, block), {
    limits: { content: 1_000_000 },
  });
  await isBound({ error, ...rest });
  const { content } = error.partial;
  assert.ok(Buffer.byteLength(content) <= 1_000_000);
  assert.equal(content.length % text.length, 0, 'no piece is cut in two');
  assert.ok(Buffer.byteLength(content) > 900_000);
});

test('what nests too deep is no answer, and no stack overflows', async (t) => {
  const deep = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const codes = ['ERR_SSE_MALFORMED', 'ERR_SSE_SIZE', 'ERR_SSE_TRUNCATED'];
  for (const depth of [200, 100_000]) {
    for (const data of [
      `{"choices":${deep(depth)}}`,
      `{"unknown":${deep(depth)},"choices":[]}`,
      `{"choices":[{"index":0,"delta":{"content":${deep(depth)}}}]}`,
      `{"choices":[{"index":0,"delta":{"tool_calls":${deep(depth)}}}]}`,
      `{"error":${deep(depth)}}`,
      '{"a":'.repeat(depth),
    ]) {
      const { error } = await endure(t, (exchange) => exchange.event({ data }));
      assert.ok(codes.includes(error?.code), `${error?.code}`);
      assert.deepEqual([error.partial.content, error.partial.toolCalls], ['', []]);
    }
  }
});

test('arguments that nest too deep are a bound', async (t) => {
  const nested = JSON.parse(`${'['.repeat(120)}${']'.repeat(120)}`);
  const text = call({ name: 'f', arguments: nested });
  await isBound(await endure(t, (exchange) => exchange.write(text)));
});

test('what is no chunk is malformed, and quotes nothing of the answer', async (t) => {
  for (const data of ['{"choices":7}', '[1]', 'null', '"secret"', '{"choices":["secret"]}', '{']) {
    const { error, heard } = await endure(t, (exchange) => exchange.event({ data }));
    assert.deepEqual([error?.code, error?.kind], ['ERR_SSE_MALFORMED', 'malformed'], data);
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(heard.of('parseError').length, 1);
  }
});

test('names that mean something to objects are mere names', async (t) => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const { heard } = await endure(t, async (exchange) => {
    for (const [index, name] of names.entries()) {
      await exchange.write(call({ name, arguments: '{"__proto__":{"polluted":1}}' }, index));
    }
    await exchange.write(
      'data: {"__proto__":{"polluted":1},"id":"__proto__","choices":[{"index":0,"delta":{},"finish_reason":"__proto__"}]}\n\n',
    );
  });
  const message = heard.of('done')[0];
  assert.deepEqual(
    message.toolCalls.map(({ name }) => name),
    names,
  );
  assert.equal(message.finishReason, '__proto__');
  assert.equal(Object.getPrototypeOf(message), Object.prototype);
  assert.equal({}.polluted, undefined);
});

test('bytes that are no UTF-8 become U+FFFD', async (t) => {
  const bytes = Buffer.concat([
    Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('b"},"finish_reason":"stop"}]}\n\n'),
  ]);
  const { heard } = await endure(t, (exchange) => exchange.write(bytes));
  assert.equal(heard.text, 'a\ufffd\ufffdb');
});

test('half of a surrogate pair is malformed or replaced, never a crash', async (t) => {
  const text =
    'data: {"choices":[{"index":0,"delta":{"content":"\\ud83c"},"finish_reason":"stop"}]}\n\n';
  const { heard, error } = await endure(t, (exchange) => exchange.write(text));
  assert.ok(error?.code === 'ERR_SSE_MALFORMED' || heard.text === '\ufffd', `${error?.code}`);
});

test('an answer that comes a byte at a time is the same answer', async (t) => {
  const text =
    piece({ content: '前半 👩‍🚀' }) + chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  const { heard } = await endure(t, (exchange) => exchange.drip(text));
  assert.equal(heard.text, '前半 👩‍🚀');
});

test('a million deltas are an answer in bounded time, and in bounded memory', async (t) => {
  const block = piece({ content: 'x' }).repeat(1000);
  const server = await serve(t, async (exchange) => {
    for (let round = 0; round < 1000; round++) await exchange.write(block);
    await exchange.write(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]));
  });
  const watch = watchRss();
  const messages = [{ role: 'user', content: 'x' }];
  const options = { baseUrl: server.url, apiKey: null, model: 'm', messages };
  let size = 0;
  const count = async () => {
    for await (const text of ask(t, options).textStream) size += text.length;
  };
  const { error } = await outcome(within(count(), 30_000, 'a million deltas'));
  assert.deepEqual([error, size], [undefined, 1_000_000]);
  const growth = watch.stop() / MIB;
  assert.ok(growth < MOST_GROWTH, `RSS grew by ${growth} MiB`);
});
