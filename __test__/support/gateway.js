'use strict';

const http = require('node:http');

/**
 * A reverse proxy as nginx, HAProxy and Caddy are: it passes a request on, and answers for an origin that
 * gives no answer.
 *
 * @param {import('node:test').TestContext} t it lives as long as the test
 * @param {string} origin where it passes requests on to
 * @param {number} status with which it answers when the origin drops one
 */
async function startGateway(t, origin, status) {
  const gateway = http.createServer((request, response) => {
    const { method, url, headers } = request;
    const upstream = http.request(new URL(url, origin), { method, headers, agent: false });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', () => {
      response.writeHead(status, { 'content-type': 'text/html' });
      response.end(`<h1>${status} ${http.STATUS_CODES[status]}</h1>`);
    });
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  await new Promise((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    gateway.closeAllConnections();
    gateway.close();
  });
  return { url: `http://127.0.0.1:${gateway.address().port}` };
}

module.exports = { startGateway };
