'use strict';

const http = require('node:http');

/**
 * A server that publishes keys, as issuers of tokens do.
 *
 * @param {import('node:test').TestContext} t
 */
async function startKeyServer(t) {
  const state = {
    url: '',
    /** How many requests came. */
    asked: 0,
    /** The public keys that it publishes. */
    keys: [],
    /** What it answers instead. */
    answer: undefined,
    /** Keeps the requests that come now waiting, until it is called. */
    hold() {
      const waiting = [];
      state.answer = (_request, response) => waiting.push(response);
      return () => {
        state.answer = undefined;
        for (const response of waiting) publish(response);
        return waiting.length;
      };
    },
  };
  const publish = (response) => {
    response.writeHead(200, { 'content-type': 'application/jwk-set+json' });
    response.end(JSON.stringify({ keys: state.keys }));
  };
  const server = http.createServer((request, response) => {
    state.asked++;
    if (state.answer === undefined) publish(response);
    else state.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${server.address().port}/keys.json`;
  return state;
}

module.exports = { startKeyServer };
