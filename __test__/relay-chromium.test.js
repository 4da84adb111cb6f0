'use strict';

const assert = require('node:assert/strict');
const http = require('node:http');
const { after, before, describe, test } = require('node:test');
const { createRelay } = require('perennial-sse');
const { Chromium, withoutChromium } = require('./support/chromium.js');
const { deferred } = require('./support/deadline.js');

/** Hears an answer, and waits until so much has been heard, or the browser has given up coming back. */
const SCRIPT = `
  const heard = [];
  const source = new EventSource('/answer');
  source.onmessage = ({ data }) => heard.push(data);
  const over = () => source.readyState === EventSource.CLOSED;
  async function wait(count) {
    while (heard.length < count && !over()) await new Promise((resolve) => setTimeout(resolve, 5));
    return heard;
  }
  async function end() {
    while (!over()) await new Promise((resolve) => setTimeout(resolve, 5));
    return heard;
  }
`;

describe('in chromium', { skip: withoutChromium }, () => {
  let chromium;
  before(() => {
    chromium = new Chromium();
  });
  after(() => chromium?.close());

  test('an EventSource comes back to where it was, and not after the end', async (t) => {
    const relay = createRelay({ name: t.name });
    const goesOn = deferred();
    let made = 0;
    async function* source() {
      made += 1;
      yield 'one';
      yield 'two';
      await goesOn.promise;
      yield 'three';
    }
    const responses = [];
    const server = http.createServer(async (request, response) => {
      if (request.url !== '/answer') {
        response.writeHead(200, { 'content-type': 'text/html' }).end(`<script>${SCRIPT}</script>`);
        return;
      }
      responses.push(response);
      const run = await relay.run('answer', source);
      await run.pipe(request, response);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });

    const page = await chromium.open(`http://127.0.0.1:${server.address().port}/`);
    assert.deepEqual(await page.evaluate('wait(2)'), ['one', 'two']);
    responses[0].destroy();
    goesOn.resolve();
    assert.deepEqual(await page.evaluate('wait(3)'), ['one', 'two', 'three']);
    assert.deepEqual(await page.evaluate('end()'), ['one', 'two', 'three']);
    assert.equal(made, 1);
    assert.deepEqual(
      responses.map(({ statusCode }) => statusCode),
      [200, 200, 204],
    );
  });
});
