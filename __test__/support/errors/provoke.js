'use strict';

const net = require('node:net');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { ask, outcome } = require('../answers.js');
const { iterate, open, serve } = require('../client.js');
const { startProvider } = require('../provider.js');

const pem = (name) => readFileSync(path.join(__dirname, '..', 'tls', `${name}.pem`), 'utf8');

/** A server's settings with one of the certificates. */
const certified = (name) => ({ key: pem(`${name}-key`), cert: pem(name) });

/** What a test's own servers are trusted by. */
const TRUST = { ca: pem('ca') };

/** An answer whose id is known. */
const NAMED = { requestId: 'request-1' };

/** The same, asked once. */
const ONCE = { ...NAMED, retry: false };

const TLS = certified('localhost');

/**
 * One way to provoke an error.
 *
 * @typedef {object} Case
 * @property {string} title
 * @property {(t: { after(undo: () => unknown): void }) => unknown} provoke gives the error
 */

/** The error that ends a stream. */
async function streamError(t, url, options) {
  const { error } = await iterate(open(t, url, { retry: false, ...options }));
  return error;
}

/**
 * A case of a server that misbehaves.
 *
 * @returns {Case}
 */
const served = (title, handler, { server, path: where = '', ...options } = {}) => ({
  title,
  async provoke(t) {
    const { url } = await serve(t, handler, server);
    return streamError(t, `${url}${where}`, options);
  },
});

/**
 * A case of a provider that follows a script.
 *
 * @returns {Case}
 */
const answered = (title, script, { family, ...options } = {}) => ({
  title,
  async provoke(t) {
    const provider = await startProvider(t, script);
    const answer = ask(t, { ...provider.options(family), ...ONCE, ...options });
    return (await outcome(answer.message())).error;
  },
});

/** What a call throws. */
function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A port that answers whatever it is told first with this text, and goes. */
async function answering(t, text) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(text));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

/** An address at which no server ever listens; a port that was free may be taken meanwhile. */
const NO_SERVER = '127.0.0.1:1';

module.exports = {
  NAMED,
  NO_SERVER,
  ONCE,
  TLS,
  TRUST,
  answered,
  answering,
  certified,
  pem,
  served,
  streamError,
  thrown,
};
