'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { PATIENCE_MS } = require('./client.js');
const { within } = require('./deadline.js');
const { freshHub } = require('./hub.js');

const pem = (name) => readFileSync(path.join(__dirname, 'tls', name));

/** A certificate for localhost, and who signed it. */
const certificate = { cert: pem('localhost.pem'), key: pem('localhost-key.pem') };
const ca = pem('ca.pem');

/**
 * A hub that listens on a free port of its own, until the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [listen] options of `hub.listen`
 * @param {object} [options] of the hub
 */
async function startListener(t, listen, options) {
  const hub = freshHub(options);
  const errors = [];
  hub.on('error', (error) => errors.push(error));
  const listener = await hub.listen({ port: 0, host: '127.0.0.1', ...listen });
  t.after(() => listener.close({ deadline: 0 }));
  return { hub, listener, errors, port: listener.port, url: `http://127.0.0.1:${listener.port}` };
}

/** A whole response: its status, headers and body. */
function ask(port, target, { method = 'GET', headers } = {}) {
  const answered = new Promise((resolve, reject) => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      path: target,
      method,
      headers,
      agent: false,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, text }),
      );
      response.on('error', reject);
    });
    request.end();
  });
  return within(answered, PATIENCE_MS, `${method} ${target}`);
}

/**
 * What comes back for these bytes until the connection ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {string} bytes
 */
function say(t, port, bytes) {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const ended = new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (part) => {
      text += part;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write(bytes, 'latin1');
  });
  return within(ended, PATIENCE_MS, 'the end of the connection');
}

/** The status of a response as it stands on the wire. */
function statusOf(text) {
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
  assert.ok(status, `a response, not ${JSON.stringify(text)}`);
  return Number(status);
}

module.exports = { ask, ca, certificate, pem, say, startListener, statusOf };
