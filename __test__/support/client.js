'use strict';

const { connect } = require('../../index.js');
const { deferred, within } = require('./deadline.js');
const { startServer } = require('./fault-server.js');

/** How long a test waits for something that comes at once, also on a busy machine. */
const PATIENCE_MS = 10_000;

/** Retries that do not make a test wait. */
const FAST = Object.freeze({ baseDelay: 5, minDelay: 1, maxDelay: 20, jitter: 'none' });

/** A fault server that lives as long as the test. */
async function serve(t, handler, options) {
  const server = await startServer(handler, options);
  t.after(() => server.close());
  return server;
}

/** A stream that lives no longer than the test. */
function open(t, url, options) {
  const stream = connect(url, options);
  t.after(() => stream.close());
  return stream;
}

/** What the next event called `name` says; an `error` meanwhile is nobody's business here. */
function next(emitter, name) {
  const { promise, resolve } = deferred();
  emitter.once(name, resolve);
  return within(promise, PATIENCE_MS, `"${name}"`);
}

/** Everything that listeners were told, in order, once the stream is over. */
async function record(stream) {
  const log = [];
  for (const name of ['open', 'event', 'comment', 'retry', 'error', 'close']) {
    stream.on(name, (value) => log.push({ name, value }));
  }
  await next(stream, 'close');
  return {
    log,
    /** What came under one name. */
    of: (name) => log.filter((entry) => entry.name === name).map(({ value }) => value),
    names: log.map(({ name }) => name),
    data: log.filter(({ name }) => name === 'event').map(({ value }) => value.data),
    close: log.at(-1).value,
  };
}

/** The data of every event, and what the iterator rejected with. */
async function iterate(stream) {
  const data = [];
  const loop = async () => {
    for await (const event of stream) data.push(event.data);
  };
  const error = await within(loop(), PATIENCE_MS, 'the iterator').then(
    () => undefined,
    (reason) => reason,
  );
  return { data, error };
}

module.exports = { FAST, PATIENCE_MS, iterate, next, open, record, serve };
