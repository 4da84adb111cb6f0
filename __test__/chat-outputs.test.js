'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const { createParser } = require('eventsource-parser');
const { ask, hear, outcome } = require('./support/answers.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

const FAMILIES = ['chat-completions', 'responses', 'anthropic', 'gemini', 'ollama'];
const CALL = { id: 'call_1', name: 'weather', arguments: ['{"city":', '"東京"}'] };
const ANSWER = { text: ['你好', ' 🌊\n'], calls: [CALL] };

/** What a parser that is not ours makes of a body. */
function parse(text) {
  const events = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(text);
  assert.ok(
    events.every(({ event }) => event === undefined),
    'no event has a name',
  );
  return events.map(({ data }) => data);
}

/** Chunks as clients of Chat Completions put them together, after checking each. */
function assemble(events) {
  const message = { content: '', calls: [], reasons: [], usage: null, ids: new Set() };
  for (const data of events) {
    const { object, id, created, model, choices, usage } = JSON.parse(data);
    assert.equal(object, 'chat.completion.chunk');
    assert.equal(typeof model, 'string');
    assert.ok(Number.isInteger(created) && created > 0);
    message.ids.add(id);
    if (usage) message.usage = usage;
    for (const { index, delta, finish_reason: reason } of choices) {
      assert.equal(index, 0);
      message.content += delta.content ?? '';
      for (const call of delta.tool_calls ?? []) {
        message.calls[call.index] ??= { id: '', name: '', arguments: '' };
        const place = message.calls[call.index];
        place.id ||= call.id ?? '';
        place.name ||= call.function.name ?? '';
        place.arguments += call.function.arguments ?? '';
      }
      if (reason) message.reasons.push(reason);
    }
  }
  return message;
}

/** The text of a body until it ends or fails. */
async function readAll(body) {
  const decoder = new TextDecoder();
  let text = '';
  const loop = async () => {
    for await (const bytes of body) text += decoder.decode(bytes, { stream: true });
  };
  const { error } = await outcome(loop(), 'the body');
  return { text, error };
}

for (const family of FAMILIES) {
  test(`${family}: toResponse() is a stream of standard chunks`, async (t) => {
    const provider = await startProvider(t, { answer: ANSWER });
    const response = await ask(t, provider.options(family)).toResponse();
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type'), /^text\/event-stream/);
    assert.match(response.headers.get('cache-control'), /no-transform/);
    const events = parse(await response.text());
    assert.equal(events.at(-1), '[DONE]');
    const { content, calls, reasons, usage, ids } = assemble(events.slice(0, -1));
    assert.equal(content, ANSWER.text.join(''));
    assert.equal(calls.length, 1);
    assert.equal(calls[0].name, 'weather');
    assert.deepEqual(JSON.parse(calls[0].arguments), { city: '東京' });
    assert.deepEqual(reasons, ['tool_calls']);
    assert.equal(ids.size, 1);
    assert.deepEqual(
      [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens],
      [9, 14, 23],
    );
  });
}

test('toReadableStream() gives the same chunks', async (t) => {
  const provider = await startProvider(t, { answer: ANSWER });
  const { text, error } = await readAll(ask(t, provider.options()).toReadableStream());
  assert.equal(error, undefined);
  const events = parse(text);
  assert.equal(events.at(-1), '[DONE]');
  assert.equal(assemble(events.slice(0, -1)).content, ANSWER.text.join(''));
});

test('an answer passed on can be read by chat() again', async (t) => {
  const provider = await startProvider(t, { answer: { ...ANSWER, reasoning: ['hm'] } });
  const port = await listen(t, (response) => ask(t, provider.options('anthropic')).pipe(response));
  const relayed = { ...provider.options(), baseUrl: `http://127.0.0.1:${port}` };
  const message = await ask(t, relayed).message();
  assert.equal(message.content, ANSWER.text.join(''));
  assert.equal(message.toolCalls[0].arguments, CALL.arguments.join(''));
  assert.equal(message.finishReason, 'tool_calls');
  assert.equal(message.usage.total, 23);
});

/** A server whose every answer is made by `respond`; what that came to is in `results`. */
async function listen(t, respond, results = []) {
  const server = http.createServer((_, response) => {
    results.push(outcome(respond(response), 'the response'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

/** What a client of node:http sees: status, body and whether it came whole. */
function visit(port) {
  return within(
    new Promise((resolve, reject) => {
      const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('error', () => {});
        response.once('close', () => {
          const { statusCode: status, headers, complete } = response;
          resolve({ status, headers, text, complete });
        });
      });
      request.once('error', reject);
    }),
    PATIENCE_MS,
    'the response',
  );
}

test('pipe() writes the same chunks to a response of node:http', async (t) => {
  const provider = await startProvider(t, { answer: ANSWER });
  const results = [];
  const port = await listen(t, (response) => ask(t, provider.options()).pipe(response), results);
  const { status, text, complete } = await visit(port);
  assert.deepEqual([status, complete], [200, true]);
  const events = parse(text);
  assert.equal(events.at(-1), '[DONE]');
  assert.equal(assemble(events.slice(0, -1)).content, ANSWER.text.join(''));
  assert.equal((await results[0]).error, undefined);
});

/** How a provider may refuse before content, and the status that a client must get. */
const REFUSALS = [
  [{ status: 401 }, 401],
  [{ status: 429, headers: { 'retry-after': '7' } }, 429],
  [{ status: 503 }, 503],
  [{ page: true }, 502],
  [{ before: 'reset' }, 502],
  [{ after: 1, how: 'end' }, 502],
];

for (const [fault, status] of REFUSALS) {
  test(`before content ${JSON.stringify(fault)} becomes ${status}`, async (t) => {
    const provider = await startProvider(t, { faults: () => fault });
    const options = { ...provider.options(), retry: false };
    const results = [];
    const piping = (response) => ask(t, options).pipe(response, { decideWithin: null });
    const port = await listen(t, piping, results);
    const response = await ask(t, options).toResponse({ decideWithin: null });
    const piped = await visit(port);
    for (const seen of [response.status, piped.status]) assert.equal(seen, status);
    assert.doesNotMatch(piped.headers['content-type'], /event-stream/);
    if (fault.headers) {
      assert.equal(response.headers.get('retry-after'), '7');
      assert.equal(piped.headers['retry-after'], '7');
    }
    assert.match((await response.json()).error.code, /^ERR_SSE_/);
    assert.match(JSON.parse(piped.text).error.code, /^ERR_SSE_/);
  });
}

test('an error in a 200 before content becomes no 200', async (t) => {
  for (const [problem, status] of [
    ['rate-limit', 429],
    ['invalid-request', 400],
  ]) {
    const provider = await startProvider(t, {
      faults: () => ({ after: 1, error: 'vllm', problem }),
    });
    const options = { ...provider.options(), retry: false };
    const response = await ask(t, options).toResponse({ decideWithin: null });
    assert.equal(response.status, status);
    assert.equal((await response.json()).error.code, 'ERR_SSE_PROVIDER');
  }
});

test('a retry before content shows only as time', async (t) => {
  const provider = await startProvider(t, { faults: [{ status: 503 }, { after: 1, how: 'end' }] });
  const response = await ask(t, provider.options()).toResponse({ decideWithin: null });
  assert.equal(response.status, 200);
  const events = parse(await response.text());
  assert.equal(assemble(events.slice(0, -1)).content, provider.text);
});

test('a late failure is a chunk with the error, no [DONE], and a broken body', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 3, how: 'truncate' }) });
  const begun = provider.answer.text.slice(0, 3).join('');
  const response = await ask(t, provider.options()).toResponse();
  const read = await readAll(response.body);
  assert.equal(read.error.code, 'ERR_SSE_TRUNCATED');
  const results = [];
  const port = await listen(t, (writable) => ask(t, provider.options()).pipe(writable), results);
  const piped = await visit(port);
  assert.equal(piped.complete, false, 'the client sees that something is missing');
  assert.equal((await results[0]).error.code, 'ERR_SSE_TRUNCATED');
  for (const { text } of [read, piped]) {
    const events = parse(text);
    assert.equal(events.includes('[DONE]'), false);
    assert.equal(assemble(events.slice(0, -1)).content, begun);
    const { error } = JSON.parse(events.at(-1));
    assert.equal(error.code, 'ERR_SSE_TRUNCATED');
    assert.equal(typeof error.message, 'string');
  }
});

test('an answer that is continued is one stream of chunks', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 4, how: 'truncate' }] });
  const more = { resume: 'continue', prefill: 'deepseek' };
  const response = await ask(t, { ...provider.options(), ...more }).toResponse();
  const events = parse(await response.text());
  const { content, ids, reasons } = assemble(events.slice(0, -1));
  assert.equal(content, provider.text);
  assert.deepEqual([...ids], ['answer-1']);
  assert.deepEqual(reasons, ['stop']);
  assert.equal(provider.requests.length, 2);
});

test('an answer that begins anew says so in a chunk between the two', async (t) => {
  const provider = await startProvider(t, { faults: [{ content: 4, how: 'truncate' }] });
  const response = await ask(t, { ...provider.options(), resume: 'restart' }).toResponse();
  const events = parse(await response.text());
  assert.equal(events.at(-1), '[DONE]');
  const chunks = events.slice(0, -1).map((data) => JSON.parse(data));
  const places = [...chunks.keys()].filter((place) => chunks[place].reset === true);
  assert.equal(places.length, 1);
  assert.deepEqual(chunks[places[0]].choices, []);
  const half = (from, to) => assemble(events.slice(from, to)).content;
  assert.equal(half(0, places[0]), provider.answer.text.slice(0, 4).join(''));
  assert.equal(half(places[0] + 1, -1), provider.text);
});

test('a client that leaves closes the provider’s connection', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 1, how: 'stall' }) });
  const results = [];
  const port = await listen(t, (response) => ask(t, provider.options()).pipe(response), results);
  const client = http.get({ port, host: '127.0.0.1', agent: false });
  client.on('error', () => {});
  client.once('response', (response) => response.once('data', () => client.destroy()));
  const request = await provider.request(0);
  const { closedBy } = await within(request.connection.closed, PATIENCE_MS, 'the close');
  assert.equal(closedBy, 'client');
  assert.equal((await results[0]).error, undefined);
  const response = await ask(t, provider.options()).toResponse();
  await response.body.cancel();
  const other = await provider.request(1);
  await within(other.connection.closed, PATIENCE_MS, 'the second close');
});

test('listeners hear the answer while it is passed on', async (t) => {
  const provider = await startProvider(t, { answer: ANSWER });
  const answer = ask(t, provider.options());
  const heard = hear(answer, ['content', 'done', 'close']);
  const response = await answer.toResponse();
  const events = parse(await response.text());
  assert.equal(assemble(events.slice(0, -1)).content, (await heard).text);
  assert.equal((await heard).of('done').length, 1);
});
