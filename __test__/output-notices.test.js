'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { after, before, describe, test } = require('node:test');
const { EventStreamDecoder, chat, connect } = require('perennial-sse');
const { startServer } = require('./support/fault-server.js');

/** A chunk of the model's answer. */
const chunk = (delta, finish = null) => {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { data: JSON.stringify({ id: 'answer', model: 'm', choices }) };
};

/** All events of a body, and whether it broke off. */
async function read(body) {
  const events = [];
  const decoder = new EventStreamDecoder({
    onEvent: ({ event, data }) => events.push([event, data]),
  });
  try {
    for await (const bytes of body) decoder.feed(bytes);
    return { events, broken: false };
  } catch {
    return { events, broken: true };
  }
}

describe('notices', () => {
  let upstream;
  before(async () => {
    upstream = await startServer((exchange) => exchange.status(404));
  });
  after(() => upstream.close());

  const ask = (options) =>
    chat({
      baseUrl: `${upstream.url}/v1`,
      apiKey: null,
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      ...options,
    });

  /** What the two ways to give an answer make of it. */
  const WAYS = {
    toResponse: async (open, options) => (await open().toResponse(options)).body,
    pipe: async (open, options, t) => {
      const server = http.createServer((_request, response) => {
        open()
          .pipe(response, options)
          .catch(() => {});
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.after(() => server.close());
      return (await fetch(`http://127.0.0.1:${server.address().port}`)).body;
    },
  };

  for (const [way, output] of Object.entries(WAYS)) {
    test(`${way}: a wait, an answer that begins anew, and its chunks`, async (t) => {
      let turn = 0;
      upstream.handle(async (exchange) => {
        turn += 1;
        if (turn === 1) {
          await exchange.event(chunk({ content: '"reset":true' }));
          return exchange.reset();
        }
        await exchange.event(chunk({ content: 'whole' }));
        await exchange.event(chunk({}, 'stop'));
        await exchange.event({ data: '[DONE]' });
        return exchange.end();
      });
      const open = () => ask({ resume: 'restart', retry: { baseDelay: 1 } });
      const { events, broken } = await read(await output(open, { notices: true }, t));
      assert.equal(broken, false);
      const names = events.map(([name, data]) => {
        if (name !== 'message' || data === '[DONE]') return name;
        const { reset, choices } = JSON.parse(data);
        return reset ? 'chunk: reset' : `chunk: ${choices[0]?.delta.content ?? ''}`;
      });
      assert.deepEqual(names, [
        'chunk: "reset":true',
        'retry',
        'chunk: reset',
        'reset',
        'chunk: whole',
        'chunk: ',
        'message',
      ]);
      const { attempt, delay, error } = JSON.parse(events[1][1]);
      assert.deepEqual([attempt, error.code], [1, 'ERR_SSE_RESET']);
      assert.ok(delay >= 0);
    });

    test(`${way}: a failure is an event before the body breaks off`, async (t) => {
      upstream.handle(async (exchange) => {
        await exchange.event(chunk({ content: 'half' }));
        await exchange.reset();
      });
      const { events, broken } = await read(
        await output(() => ask({ retry: false }), { notices: true }, t),
      );
      assert.equal(broken, true);
      const [name, data] = events.at(-1);
      assert.equal(name, 'failure');
      assert.equal(JSON.parse(data).error.code, 'ERR_SSE_RESET');
    });
  }

  test('before the response has begun, a retry does not make it a success', async () => {
    upstream.handle((exchange) => exchange.status(503));
    const response = await ask({ retry: { attempts: 1, baseDelay: 1 } }).toResponse({
      notices: true,
    });
    assert.equal(response.status, 503);
    await response.body.cancel();
  });

  test('a stream of events tells of its waits, too', async () => {
    let turn = 0;
    upstream.handle(async (exchange) => {
      turn += 1;
      await exchange.event({ data: turn === 2 ? '[DONE]' : 'one' });
      return exchange.reset();
    });
    const options = { terminal: '[DONE]', retry: { baseDelay: 1 } };
    const stream = connect(`${upstream.url}/events`, options);
    const { events } = await read((await stream.toResponse({ notices: true })).body);
    assert.deepEqual(
      events.map(([name]) => name),
      ['message', 'retry', 'message'],
    );
  });

  test('without notices nothing of the kind is sent', async () => {
    upstream.handle(async (exchange) => {
      await exchange.event(chunk({ content: 'half' }));
      await exchange.reset();
    });
    const { events } = await read((await ask({ retry: false }).toResponse()).body);
    assert.ok(events.every(([name]) => name === 'message'));
  });

  test('options that are none are refused', async () => {
    for (const [options, message] of [
      [{ notices: 1 }, /^notices must be true or false/],
      [{ format: 'xml' }, /^format must be 'events' or 'ai-sdk'/],
    ]) {
      await assert.rejects(ask({}).toResponse(options), { code: 'ERR_SSE_OPTION', message });
    }
  });

  test("pipe with format 'ai-sdk' writes parts, a tool call and its end", async (t) => {
    upstream.handle(async (exchange) => {
      const call = (part) => chunk({ tool_calls: [{ index: 0, ...part }] });
      await exchange.event(chunk({ reasoning_content: 'hm' }));
      await exchange.event(chunk({ content: 'text' }));
      await exchange.event(call({ id: 'c', function: { name: 'f', arguments: '{"a"' } }));
      await exchange.event(call({ function: { arguments: ':1}' } }));
      await exchange.event(chunk({}, 'tool_calls'));
      await exchange.event({ data: '[DONE]' });
      await exchange.end();
    });
    const { events, broken } = await read(await WAYS.pipe(() => ask({}), { format: 'ai-sdk' }, t));
    assert.equal(broken, false);
    const parts = events.map(([, data]) => (data === '[DONE]' ? data : JSON.parse(data)));
    assert.deepEqual(
      parts.map((part) => part.type ?? part),
      [
        ...['start', 'start-step', 'reasoning-start', 'reasoning-delta', 'reasoning-end'],
        ...['text-start', 'text-delta', 'text-end', 'tool-input-start'],
        ...parts.filter(({ type }) => type === 'tool-input-delta').map(({ type }) => type),
        ...['tool-input-available', 'finish-step', 'finish', '[DONE]'],
      ],
    );
    const { input, toolName, toolCallId } = parts.find(
      ({ type }) => type === 'tool-input-available',
    );
    assert.deepEqual(
      { input, toolName, toolCallId },
      { input: { a: 1 }, toolName: 'f', toolCallId: 'c' },
    );
    assert.equal(parts.at(-2).finishReason, 'tool-calls');
  });
});
