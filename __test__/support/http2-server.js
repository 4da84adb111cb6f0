'use strict';

const http2 = require('node:http2');
const { until } = require('./deadline.js');

const HEAD = { ':status': 200, 'content-type': 'text/event-stream' };

/** One request on an HTTP/2 stream, as the server sees it. */
class Call {
  constructor(stream, headers, session) {
    this.stream = stream;
    this.headers = headers;
    this.session = session;
    /** The code with which the client reset the stream; null until it does. */
    this.reset = null;
    this.closed = new Promise((resolve) => stream.once('close', resolve));
    stream.on('aborted', () => {
      this.reset = stream.rstCode;
    });
    // A client that leaves is what many tests are about.
    stream.on('error', () => {});
  }

  /** Answers with a head. */
  head(headers = {}) {
    this.stream.respond({ ...HEAD, ...headers });
    return this;
  }

  /** Sends an event; resolves when it may send more. */
  event(data) {
    if (!this.stream.headersSent) this.head();
    return new Promise((resolve) => this.stream.write(`data: ${data}\n\n`, resolve));
  }
}

/**
 * An HTTP/2 server that counts sessions and streams.
 *
 * @param {(call: Call) => unknown} handler
 * @param {object} [options]
 * @param {{ key: string, cert: string }} [options.tls] serve https, with HTTP/1.1 beside it
 * @param {string} [options.host]
 * @param {number} [options.streams] concurrent streams allowed to a session; 64 unless told
 */
async function startHttp2(handler, { tls, host = '127.0.0.1', streams = 64 } = {}) {
  const settings = { maxConcurrentStreams: streams };
  const server = tls
    ? http2.createSecureServer({ ...tls, settings, allowHTTP1: true })
    : http2.createServer({ settings });
  const started = {
    server,
    /** Every session with its streams, in the order of their arrival. */
    sessions: [],
    /** Every request, in the order of their arrival. */
    calls: [],
    /** The most streams that any session had at once. */
    most: 0,
    /** The request at `index`, as soon as it is there. */
    async call(index, ms = 10_000) {
      await until(() => started.calls.length > index, ms, `request ${index}`);
      return started.calls[index];
    },
    async close() {
      for (const session of started.sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('session', (session) => {
    started.sessions.push(session);
    session.live = 0;
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    const { session } = stream;
    session.live += 1;
    started.most = Math.max(started.most, session.live);
    stream.once('close', () => {
      session.live -= 1;
    });
    const call = new Call(stream, headers, session);
    started.calls.push(call);
    handler(call);
  });
  await new Promise((resolve) => server.listen(0, host, resolve));
  const { port } = server.address();
  started.url = `${tls ? 'https' : 'http'}://${host}:${port}`;
  return started;
}

module.exports = { HEAD, startHttp2 };
