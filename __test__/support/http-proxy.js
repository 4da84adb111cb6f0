'use strict';

const http = require('node:http');
const https = require('node:https');
const net = require('node:net');

/**
 * An HTTP proxy: it forwards requests for `http:` URLs and tunnels the rest (CONNECT).
 *
 * @param {import('node:test').TestContext} t it lives as long as the test
 * @param {object} [options]
 * @param {string} [options.credentials] `user:password` that it demands
 * @param {number} [options.refuse] the status with which it answers every CONNECT
 * @param {string} [options.page] the body of that answer
 * @param {Record<string, string>} [options.headers] its headers
 * @param {{ key: string, cert: string }} [options.tls] be spoken to in TLS
 */
async function startHttpProxy(t, { credentials, refuse, page = '', headers = {}, tls } = {}) {
  const sockets = new Set();
  const proxy = {
    /** What was asked of it, in order: `{ method, target, headers }`. */
    requests: [],
    /** The subject of each client certificate that it was shown, null without one; in TLS only. */
    certificates: [],
    /** Connections that it took. */
    connections: 0,
    port: 0,
  };
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const expected = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
  const admits = ({ method, url, headers }) => {
    proxy.requests.push({ method, target: url, headers });
    return credentials === undefined || headers['proxy-authorization'] === expected;
  };

  const forward = (request, response) => {
    if (!admits(request)) {
      return response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end();
    }
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const upstream = http.request(request.url, { method: request.method, headers, agent: false });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  };
  const tunnel = (request, client, first) => {
    keep(client);
    const status = admits(request) ? (refuse ?? 200) : 407;
    const line = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n`;
    const head = `${line}\r\n`;
    if (status !== 200) {
      const told = { ...headers, 'content-length': Buffer.byteLength(page) };
      const lines = Object.entries(told).map(([name, value]) => `${name}: ${value}\r\n`);
      return client.end(`${line}${lines.join('')}\r\n${page}`);
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const server = keep(net.connect(Number(port), hostname.replace(/^\[|\]$/g, '')));
    server.on('connect', () => {
      client.write(head);
      server.write(first);
      client.pipe(server).pipe(client);
    });
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  };

  const listener = tls ? https.createServer(tls, forward) : http.createServer(forward);
  listener.on('connect', tunnel);
  listener.on('secureConnection', (socket) => {
    proxy.certificates.push(socket.getPeerCertificate().subject?.CN ?? null);
  });
  listener.on('connection', (socket) => {
    proxy.connections += 1;
    keep(socket);
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  proxy.port = listener.address().port;
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => listener.close(resolve));
  });
  return proxy;
}

module.exports = { startHttpProxy };
