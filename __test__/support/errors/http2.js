'use strict';

const { constants } = require('node:http2');
const http = require('node:http');
const { startHttp2 } = require('../http2-server.js');
const { streamError } = require('./provoke.js');

const PLAIN = { method: 'POST', http2: true };

const called = (title, handler) => ({
  title,
  async provoke(t) {
    const server = await startHttp2(handler);
    t.after(() => server.close());
    return streamError(t, server.url, PLAIN);
  },
});

const closed = (code) =>
  called(`a stream is closed with ${code} before an answer`, (call) => {
    call.stream.close(constants[`NGHTTP2_${code}`]);
  });

const cut = (title, end) =>
  called(title, async (call) => {
    await call.event('x');
    call.session.ping(() => end(call.stream));
  });

/** What can go wrong in HTTP/2. */
module.exports = [
  closed('REFUSED_STREAM'),
  closed('INTERNAL_ERROR'),
  closed('ENHANCE_YOUR_CALM'),
  closed('CANCEL'),
  cut('a stream is closed in the middle', (stream) => stream.destroy()),
  cut('a stream is reset in the middle', (stream) => stream.destroy(new Error('cut'))),
  cut('a connection of HTTP/2 breaks in the middle', (stream) => stream.session.destroy()),
  called('an answer shorter than its length, in HTTP/2', (call) => {
    call.head({ 'content-length': '100' });
    call.stream.end('data: x\n\n');
  }),
  {
    title: 'HTTP/2 where the server speaks HTTP/1.1',
    async provoke(t) {
      const server = http.createServer((_, response) => response.end());
      t.after(() => server.close());
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return streamError(t, `http://127.0.0.1:${server.address().port}`, PLAIN);
    },
  },
];
