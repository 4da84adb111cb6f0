'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { serve } = require('./support/client.js');
const { startProvider } = require('./support/provider.js');

const FAMILIES = ['chat-completions', 'responses', 'anthropic', 'gemini', 'ollama'];
const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
const ANSWER = { reasoning: ['先想'], text: ['你好', ' 🌊\n', '…'], calls: [CALL] };

/** The body of an answer, the options to ask for it, and what it must come to. */
async function recorded(t, family) {
  const provider = await startProvider(t, { answer: ANSWER });
  const options = provider.options(family);
  const { attempts: _, ...message } = await ask(t, options).message();
  const body = provider.frames(family).map(({ wire }) => wire);
  const type = family === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
  const baseUrl = (server) => server.url + new URL(options.baseUrl).pathname;
  return {
    body,
    message,
    /** Asks a server that answers in this way. */
    async ask(send) {
      const server = await serve(t, async (exchange) => {
        await send(exchange, { 'content-type': type });
      });
      const given = { ...options, baseUrl: baseUrl(server), retry: false };
      const { value, error } = await outcome(ask(t, given).message());
      assert.equal(error, undefined);
      const { attempts: __, ...answer } = value;
      return answer;
    },
  };
}

for (const family of FAMILIES) {
  test(`${family}: an answer that comes byte by byte is the same answer`, async (t) => {
    const { body, message, ask: again } = await recorded(t, family);
    const answer = await again(async (exchange, headers) => {
      exchange.head(200, headers);
      await exchange.drip(body.join(''));
    });
    assert.deepEqual(answer, message);
  });

  test(`${family}: an answer that comes at once, compressed, is the same answer`, async (t) => {
    const { body, message, ask: again } = await recorded(t, family);
    for (const coding of ['gzip', 'brotli']) {
      const answer = await again(async (exchange, headers) => {
        exchange[coding]();
        exchange.head(200, headers);
        await exchange.write(body.join(''));
      });
      assert.deepEqual(answer, message, coding);
    }
  });

  test(`${family}: a last event without its blank line counts`, async (t) => {
    const { body, message, ask: again } = await recorded(t, family);
    const answer = await again(async (exchange, headers) => {
      exchange.head(200, headers);
      await exchange.write(body.join('').trimEnd());
    });
    assert.deepEqual(answer, message);
  });
}

test('line ends of any kind, comments, fields without a space and a BOM change nothing', async (t) => {
  for (const family of ['chat-completions', 'responses', 'anthropic']) {
    const { body, message, ask: again } = await recorded(t, family);
    const plain = body.join('');
    const texts = [
      plain.replaceAll('\n', '\r\n'),
      plain.replaceAll('\n', '\r'),
      plain.replaceAll('data: ', 'data:'),
      `\ufeff${plain}`,
      body.join(': keep-alive\n\n: OPENROUTER PROCESSING\n\n'),
      body.join('event: ping\ndata: {"type":"ping"}\n\n'),
      body.join('data:\n\nid: 7\nretry: 10\n\n'),
    ];
    for (const text of texts) {
      const answer = await again(async (exchange, headers) => {
        exchange.head(200, headers);
        await exchange.write(text);
      });
      assert.deepEqual(answer, message, JSON.stringify(text.slice(0, 40)));
    }
  }
});

test('what follows the end of an answer is not part of it', async (t) => {
  for (const family of ['chat-completions', 'anthropic', 'responses']) {
    const { body, message, ask: again } = await recorded(t, family);
    const answer = await again(async (exchange, headers) => {
      exchange.head(200, headers);
      await exchange.write(`${body.join('')}data: [DONE]\n\n${body.join('')}`);
    });
    assert.deepEqual(answer, message);
  }
});

test('an answer is there as soon as the provider says so, whether or not it closes', async (t) => {
  for (const family of ['chat-completions', 'anthropic', 'responses', 'ollama']) {
    const { body, message, ask: again } = await recorded(t, family);
    const started = performance.now();
    const answer = await again(async (exchange, headers) => {
      exchange.head(200, headers);
      await exchange.write(body.join(''));
      await exchange.stall();
    });
    assert.deepEqual(answer, message);
    assert.ok(performance.now() - started < 2000, family);
  }
});

test('a provider that told its reason and then says nothing is not waited for in vain', async (t) => {
  const { body, message, ask: again } = await recorded(t, 'gemini');
  const started = performance.now();
  const answer = await again(async (exchange, headers) => {
    exchange.head(200, headers);
    await exchange.write(body.join(''));
    await exchange.stall();
  });
  assert.deepEqual(answer, message);
  assert.ok(performance.now() - started < 8000);
});

test('an answer cut by a reset after its end is complete', async (t) => {
  const { body, message, ask: again } = await recorded(t, 'gemini');
  const answer = await again(async (exchange, headers) => {
    exchange.head(200, headers);
    await exchange.write(body.join(''));
    await exchange.truncate();
  });
  assert.deepEqual(answer, message);
});

test('answers one after another share a connection', async (t) => {
  for (const family of FAMILIES) {
    const provider = await startProvider(t, { answer: ANSWER });
    for (let round = 0; round < 5; round++) {
      assert.equal(await ask(t, provider.options(family)).text(), ANSWER.text.join(''));
    }
    assert.equal(provider.server.connections.length, 1, family);
  }
});
