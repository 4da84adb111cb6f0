'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const { createParser } = require('eventsource-parser');
const { connect } = require('../index.js');
const { ask } = require('./support/answers.js');
const { PATIENCE_MS, open, serve } = require('./support/client.js');
const { deferred, until, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');

const BEAT = ':\n\n';
const EVENT = 'id: 1\ndata: x\n\n';

/** A server whose every response is fed by `respond`. */
async function relay(t, respond) {
  const server = http.createServer((_request, response) => {
    respond(response).catch(() => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** A client that collects what it hears; `until` waits for a text, `whole` for the end. */
async function visit(t, url) {
  const answered = deferred();
  const request = http.get(url, { agent: false }, answered.resolve);
  request.on('error', answered.reject);
  t.after(() => request.destroy());
  const response = await within(answered.promise, PATIENCE_MS, 'the head');
  const closed = new Promise((resolve) => response.once('close', resolve));
  const seen = { text: '', response };
  response.setEncoding('utf8').on('error', () => {});
  response.on('data', (part) => {
    seen.text += part;
  });
  const heard = (test, what) => until(() => test(seen.text), PATIENCE_MS, what);
  return { seen, heard, whole: () => within(closed, PATIENCE_MS, 'the end') };
}

const beats = (text) => text.split(BEAT).length - 1;

/** What a parser that is not ours takes for events. */
function events(text) {
  const data = [];
  const parser = createParser({
    onEvent: (event) => data.push(event.data),
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(text);
  return data;
}

test('a silent upstream is a comment now and then, and events pass between them', async (t) => {
  const source = deferred();
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(EVENT);
    source.resolve(exchange);
    await exchange.closed;
  });
  const url = await relay(t, (response) => open(t, upstream.url).pipe(response, { heartbeat: 20 }));
  const { seen, heard } = await visit(t, url);
  await heard((text) => text.startsWith(EVENT) && beats(text) >= 3, 'three heartbeats');
  const exchange = await source.promise;
  await exchange.write('data: y\n\n');
  await heard((text) => /data: y\n\n(?::\n\n){2}/.test(text), 'heartbeats behind the event');
  assert.equal(seen.text.replaceAll(BEAT, ''), `${EVENT}data: y\n\n`);
  assert.deepEqual(events(seen.text), ['x', 'y']);
});

test('a stream that waits to reconnect is a comment now and then', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(EVENT);
    await exchange.truncate();
  });
  const retry = { baseDelay: 600_000, maxDelay: 600_000, jitter: 'none' };
  const stream = open(t, upstream.url, { retry });
  const retried = new Promise((resolve) => stream.once('retry', resolve));
  const url = await relay(t, (response) => stream.pipe(response, { heartbeat: 20 }));
  const { heard } = await visit(t, url);
  await within(retried, PATIENCE_MS, 'the retry');
  await heard((text) => beats(text) >= 3, 'three heartbeats');
  assert.match(stream.retryState.state, /^waiting/);
});

test('a busy stream needs no heartbeat, and `null` sends none', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(EVENT);
    await exchange.stall();
  });
  for (const heartbeat of [undefined, 60_000, null]) {
    const reader = open(t, upstream.url).toReadableStream({ heartbeat }).getReader();
    assert.equal(Buffer.from((await reader.read()).value).toString(), EVENT);
    const late = reader.read().then(() => 'something');
    const quiet = new Promise((resolve) => setTimeout(resolve, 200, 'nothing'));
    assert.equal(await Promise.race([late, quiet]), 'nothing');
    await reader.cancel();
  }
});

test('a heartbeat comes when nothing was sent for so long, not before', async (t) => {
  const every = 120;
  const upstream = await serve(t, async (exchange) => {
    for (let round = 0; round < 12; round++) {
      await exchange.write(`data: ${round}\n\n`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await exchange.stall();
  });
  const reader = open(t, upstream.url).toReadableStream({ heartbeat: every }).getReader();
  let last = performance.now();
  for (let heard = 0; heard < 2; ) {
    const { value } = await within(reader.read(), PATIENCE_MS, 'something');
    const silence = performance.now() - last;
    last += silence;
    if (value[0] !== 0x3a) continue;
    heard++;
    assert.ok(silence > every - 10, `a heartbeat after ${silence} ms`);
  }
  await reader.cancel();
});

test('nothing is sent before the head, and heartbeats follow a late decision', async (t) => {
  const decided = deferred();
  const upstream = await serve(t, async (exchange) => {
    await decided.promise;
    await exchange.status(403);
  });
  const answer = open(t, upstream.url).toResponse({ decideWithin: null, heartbeat: 10 });
  await upstream.request(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  decided.resolve();
  assert.equal((await within(answer, PATIENCE_MS, 'the response')).status, 403);

  const silent = await serve(t, (exchange) => exchange.stall());
  const response = await open(t, silent.url).toResponse({ decideWithin: 30, heartbeat: 10 });
  assert.equal(response.status, 200);
  const reader = response.body.getReader();
  for (let round = 0; round < 4; round++) {
    const { value } = await within(reader.read(), PATIENCE_MS, 'a comment');
    assert.equal(Buffer.from(value).toString(), BEAT);
  }
  await reader.cancel();
});

test('a client that does not read is sent no heartbeats', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(EVENT);
    await exchange.stall();
  });
  const stream = open(t, upstream.url);
  const reader = stream.toReadableStream({ heartbeat: 10 }).getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  // Nothing has piled up: each takes its time from when it is asked for.
  const started = performance.now();
  for (let round = 0; round < 3; round++) await within(reader.read(), PATIENCE_MS, 'a heartbeat');
  assert.ok(performance.now() - started > 20, 'none was waiting');
  await reader.cancel();
});

test('a stream that the application pauses keeps its client', async (t) => {
  const upstream = await serve(t, async (exchange) => {
    await exchange.write(EVENT);
    await exchange.write('data: y\n\n');
    await exchange.stall();
  });
  const stream = open(t, upstream.url);
  const url = await relay(t, (response) => {
    stream.pause();
    return stream.pipe(response, { decideWithin: 0, heartbeat: 20 });
  });
  const { seen, heard } = await visit(t, url);
  await heard((text) => beats(text) >= 4, 'heartbeats');
  assert.deepEqual(events(seen.text), []);
  stream.resume();
  await heard((text) => events(text).length === 2, 'both events');
  assert.equal(stream.lastEventId, '1');
});

test('an answer that its model still thinks about keeps its client', async (t) => {
  const provider = await startProvider(t, { faults: () => ({ content: 1, how: 'stall' }) });
  const url = await relay(t, (response) =>
    ask(t, provider.options()).pipe(response, { heartbeat: 20 }),
  );
  const { seen, heard } = await visit(t, url);
  await heard((text) => beats(text) >= 3, 'three heartbeats');
  for (const data of events(seen.text)) {
    assert.equal(JSON.parse(data).object, 'chat.completion.chunk');
  }
});

/** A model that thinks, and a gateway that says so, before and between words. */
async function thinking(t, sayings) {
  const word = (content) => {
    const choices = [{ index: 0, delta: { content }, finish_reason: null }];
    return { data: JSON.stringify({ id: 'a', model: 'm', choices }) };
  };
  const go = deferred();
  const server = await serve(t, async (exchange) => {
    let thinks = true;
    go.promise.then(() => {
      thinks = false;
    });
    while (thinks) {
      for (const saying of sayings) await exchange.write(saying);
      await Promise.race([go.promise, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    if (server.refuses) return exchange.reset();
    await exchange.event(word('Hi'));
    for (const saying of sayings) await exchange.write(saying);
    await exchange.stall();
  });
  const options = {
    baseUrl: server.url,
    apiKey: 'sk',
    model: 'm',
    messages: [MESSAGE],
    retry: false,
  };
  return { server, go, options };
}

const MESSAGE = { role: 'user', content: 'Think.' };
const SAYINGS = [': PROCESSING\n\n', 'data: {"id":"a","model":"m","choices":[]}\n\n'];

test('what a provider says while it thinks reaches the client, without heartbeats too', async (t) => {
  const { go, options } = await thinking(t, SAYINGS);
  const url = await relay(t, (response) =>
    ask(t, options).pipe(response, { decideWithin: 20, heartbeat: null }),
  );
  const { seen, heard } = await visit(t, url);
  await heard((text) => text.includes(': PROCESSING\n'), 'the comment');
  assert.deepEqual(events(seen.text), []);
  go.resolve();
  await heard((text) => /data: [\s\S]*: PROCESSING\n/.test(text), 'another');
  assert.equal(JSON.parse(events(seen.text)[0]).choices[0].delta.content, 'Hi');
});

test('a comment of the provider does not decide on 200', async (t) => {
  const { server, go, options } = await thinking(t, SAYINGS);
  server.refuses = true;
  const answer = ask(t, options).toResponse({ decideWithin: null });
  await server.request(0);
  go.resolve();
  assert.equal((await within(answer, PATIENCE_MS, 'the response')).status, 502);
});

test('a failure after the head but before any word is a chunk with `error`', async (t) => {
  const { server, go, options } = await thinking(t, []);
  server.refuses = true;
  const url = await relay(t, (response) => ask(t, options).pipe(response, { decideWithin: 0 }));
  const { seen, whole } = await visit(t, url);
  go.resolve();
  await whole();
  const data = events(seen.text);
  assert.equal(data.length, 1);
  const { error } = JSON.parse(data[0]);
  assert.match(error.code, /^ERR_SSE_/);
  assert.deepEqual(Object.keys(error), ['message', 'type', 'code']);
  assert.equal(seen.response.complete, false);
});

test('a reader may transfer what it is given', async (t) => {
  const upstream = await serve(t, (exchange) => exchange.stall());
  for (let round = 0; round < 2; round++) {
    const stream = connect(upstream.url);
    t.after(() => stream.close());
    const reader = stream.toReadableStream({ heartbeat: 5 }).getReader();
    const { value } = await within(reader.read(), PATIENCE_MS, 'a heartbeat');
    assert.equal(structuredClone(value, { transfer: [value.buffer] }).length, BEAT.length);
    await reader.cancel();
  }
});
