'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { SSEOptionError, SSERunError, createRelay } = require('perennial-sse');
const { createResumableStreamContext } = require('perennial-sse/resumable-stream');
const { deferred, within } = require('./support/deadline.js');
const { serveFetch } = require('./support/fetch-server.js');

const PATIENCE_MS = 10_000;

/** Everything that is easy to lose: a mark at the start, halves of pairs, blanks, line ends, nothing. */
const PIECES = [
  '\ufeffA river',
  '',
  ' 🌊',
  '\ud83c',
  '\udfde\r\n\r\ndata: x',
  '\0',
  '流れる ',
  '\n',
];
const TEXT = PIECES.join('');

/** A stream of strings that is told when to say what. */
function told() {
  let controller;
  const stream = new ReadableStream({
    start(given) {
      controller = given;
    },
  });
  return {
    stream,
    say: (...pieces) => {
      for (const piece of pieces) controller.enqueue(piece);
    },
    end: () => controller.close(),
    fail: (error) => controller.error(error),
  };
}

const contextOf = (t, options) => {
  const relay = createRelay({ name: t.name });
  return { relay, context: createResumableStreamContext({ relay, ...options }) };
};

/** All that is left of a stream of strings. */
async function rest(stream) {
  const reader = stream.getReader();
  const all = async () => {
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      assert.equal(typeof value, 'string');
      text += value;
    }
  };
  return within(all(), PATIENCE_MS, 'the end of a stream');
}

/** The next so many characters; the stream is free again then. */
async function upTo(stream, length) {
  const reader = stream.getReader();
  let text = '';
  while (text.length < length) {
    const { value, done } = await within(reader.read(), PATIENCE_MS, `character ${length}`);
    assert.equal(done, false);
    text += value;
  }
  reader.releaseLock();
  return text;
}

const never = () => assert.fail('the stream was made twice');

test('text comes out to the byte, also for who joins, wherever it is and whatever it has', async (t) => {
  const { context } = contextOf(t);
  const source = told();
  const first = await context.createNewResumableStream('x', () => source.stream);
  const readers = [await context.resumeExistingStream('x')];
  for (const piece of PIECES) {
    source.say(piece);
    readers.push(await context.resumeExistingStream('x'));
  }
  const skipping = [];
  for (let skip = 0; skip <= TEXT.length + 2; skip++) {
    // In two ways, as there are two calls that read.
    const read =
      skip % 2 ? context.resumableStream : (id, _, had) => context.resumeExistingStream(id, had);
    skipping.push(await read('x', never, skip));
  }
  source.end();
  assert.equal(await rest(first), TEXT);
  for (const reader of readers) assert.equal(await rest(reader), TEXT);
  for (const [skip, reader] of skipping.entries())
    assert.equal(await rest(reader), TEXT.slice(skip));
});

test('the four states of a stream are told as there', async (t) => {
  const { context } = contextOf(t);
  const { hasExistingStream, resumeExistingStream, resumableStream } = context;
  assert.equal(await hasExistingStream('x'), null);
  assert.equal(await resumeExistingStream('x'), undefined);
  const source = told();
  const stream = await resumableStream('x', () => source.stream);
  assert.equal(await hasExistingStream('x'), true);
  source.say('one');
  source.end();
  assert.equal(await rest(stream), 'one');
  assert.equal(await hasExistingStream('x'), 'DONE');
  assert.equal(await resumeExistingStream('x'), null);
  assert.equal(await resumableStream('x', never), null);
  assert.equal(await context.createNewResumableStream('x', never), null);
});

test('of many calls at the same time one makes the stream', async (t) => {
  const { context } = contextOf(t);
  const source = told();
  let made = 0;
  const make = () => {
    made++;
    return source.stream;
  };
  const calls = Array.from({ length: 50 }, () => context.resumableStream('x', make));
  const streams = await Promise.all(calls);
  source.say(...PIECES);
  source.end();
  const texts = await Promise.all(streams.map(rest));
  assert.deepEqual(
    texts,
    texts.map(() => TEXT),
  );
  assert.equal(made, 1);
});

test('what the producer has skipped is nothing: it gets all of its own stream', async (t) => {
  const { context } = contextOf(t);
  const source = told();
  const stream = await context.resumableStream('x', () => source.stream, 5);
  source.say('one two');
  source.end();
  assert.equal(await rest(stream), 'one two');
});

test('the failure of the source reaches every reader, and waitUntil settles', async (t) => {
  const waited = [];
  const { context } = contextOf(t, { waitUntil: (promise) => waited.push(promise) });
  const source = told();
  const producing = await context.createNewResumableStream('x', () => source.stream);
  const silent = await context.resumeExistingStream('x');
  source.say('one');
  assert.equal(await upTo(producing, 3), 'one');
  source.fail(new Error('upstream'));
  for (const stream of [producing, silent]) {
    await assert.rejects(rest(stream), { code: 'ERR_SSE_SOURCE', constructor: SSERunError });
  }
  assert.equal(waited.length, 1);
  await within(waited[0], PATIENCE_MS, 'the promise of waitUntil');
  assert.equal(await context.hasExistingStream('x'), 'DONE');
  assert.equal(await context.resumeExistingStream('x'), null);
});

test('a stream that failed before it said anything is made anew', async (t) => {
  const { context } = contextOf(t);
  const [broken, whole] = [told(), told()];
  const first = await context.resumableStream('x', () => broken.stream);
  broken.fail(new Error('upstream'));
  await assert.rejects(rest(first), { code: 'ERR_SSE_SOURCE' });
  const second = await context.resumableStream('x', () => whole.stream);
  whole.say('one');
  whole.end();
  assert.equal(await rest(second), 'one');
});

test('who leaves does not end the stream, and is no burden to it', async (t) => {
  const { context, relay } = contextOf(t);
  const source = told();
  const left = await context.createNewResumableStream('x', () => source.stream);
  source.say('one ');
  await upTo(left, 4);
  const reader = left.getReader();
  // In the midst of waiting.
  reader.read();
  await reader.cancel();
  assert.equal(relay.stats().readers, 0);
  const joined = await context.resumeExistingStream('x', 4);
  source.say('two');
  assert.equal(await upTo(joined, 3), 'two');
  assert.equal(relay.stats().readers, 1);
  source.end();
  assert.equal(await rest(joined), '');
});

test('the relay stops a stream, and its source hears of it', async (t) => {
  const { context, relay } = contextOf(t);
  const cancelled = deferred();
  const source = new ReadableStream({
    start: (controller) => controller.enqueue('one'),
    cancel: cancelled.resolve,
  });
  const stream = await context.createNewResumableStream('x', () => source);
  await upTo(stream, 3);
  assert.equal(await relay.stop('x'), true);
  await assert.rejects(rest(stream), { code: 'ERR_SSE_STOPPED' });
  await within(cancelled.promise, PATIENCE_MS, 'the end of the source');
});

test('a function that throws, or makes no stream of strings, is told to who called', async (t) => {
  const { context } = contextOf(t);
  const failure = new Error('no model');
  const make = () => {
    throw failure;
  };
  await assert.rejects(context.resumableStream('x', make), failure);
  await assert.rejects(
    context.resumableStream('y', () => 'text'),
    { name: 'SSEOptionError', message: /must return a ReadableStream of strings/ },
  );
  await assert.rejects(context.resumableStream('z'), { name: 'SSEOptionError' });
  const bytes = new ReadableStream({ start: (each) => each.enqueue(Uint8Array.of(1)) });
  const stream = await context.resumableStream('bytes', () => bytes);
  await assert.rejects(rest(stream), { code: 'ERR_SSE_OPTION', message: /must give strings/ });
});

test('a prefix keeps two apps apart, and is part of the id that stops', async (t) => {
  const { context, relay } = contextOf(t, { keyPrefix: 'a' });
  const other = createResumableStreamContext({ relay, keyPrefix: 'b' });
  await context.createNewResumableStream('x', () => told().stream);
  assert.equal(await other.hasExistingStream('x'), null);
  assert.equal(await relay.status('a:x'), 'open');
  assert.equal(await relay.stop('a:x'), true);
});

test('the routes of its guide work with the import changed', async (t) => {
  // Its own documentation passes `after` of Next.js and nothing else.
  const streamContext = createResumableStreamContext({ waitUntil: () => {} });
  const source = told();
  const server = await serveFetch(async (request) => {
    const url = new URL(request.url);
    const resumeAt = url.searchParams.get('resumeAt');
    const stream =
      request.method === 'POST'
        ? await streamContext.createNewResumableStream(url.pathname, () => source.stream)
        : await streamContext.resumeExistingStream(
            url.pathname,
            resumeAt ? Number.parseInt(resumeAt, 10) : undefined,
          );
    if (!stream) return new Response('Stream is already done', { status: 422 });
    const headers = { 'content-type': 'text/event-stream' };
    return new Response(stream.pipeThrough(new TextEncoderStream()), { headers });
  });
  t.after(() => server.close());
  const url = `${server.url}/guide`;
  const init = { signal: AbortSignal.timeout(PATIENCE_MS) };
  assert.equal((await fetch(url, init)).status, 422);
  const posted = await fetch(url, { ...init, method: 'POST' });
  source.say('data: 🌊\n\n');
  const resumed = await fetch(`${url}?resumeAt=6`, init);
  source.say('data: two\n\n');
  source.end();
  assert.equal(await posted.text(), 'data: 🌊\n\ndata: two\n\n');
  assert.equal(await resumed.text(), '🌊\n\ndata: two\n\n');
  assert.equal((await fetch(url, init)).status, 422);
});

test('options that are wrong, or for what the relay does itself, are named', () => {
  for (const [options, message] of [
    [{ publisher: {} }, /leave "publisher" out/],
    [{ doneWatchdogIntervalMs: 1 }, /leave "doneWatchdogIntervalMs" out/],
    [{ redis: '' }, /unknown option "redis"; there are relay, waitUntil, keyPrefix/],
    [{ relay: {} }, /relay must be what createRelay\(\) returns/],
    [{ waitUntil: true }, /waitUntil must be a function/],
    [{ keyPrefix: 1 }, /keyPrefix must be a string/],
  ]) {
    assert.throws(
      () => createResumableStreamContext(options),
      (error) => error instanceof SSEOptionError && message.test(error.message),
    );
  }
});

test('import and require give the same function', async () => {
  const imported = await import('perennial-sse/resumable-stream');
  assert.equal(imported.createResumableStreamContext, createResumableStreamContext);
});
