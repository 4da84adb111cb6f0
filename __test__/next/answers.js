'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { deferred, within } = require('../support/deadline.js');
const { PATIENCE_MS, get, visit } = require('../support/browser.js');
const { staying } = require('./news.js');

/** The app router's routes, by `answerRoutes`, and the pages router's, which pipe. */
const ROUTES = ['/answers', '/api/answers'];

/** How long Next.js is to take with an open stream: the deadline of `register`, and a busy machine. */
const IN_TIME_MS = 30_000;

let asked = 0;
const newId = () => `answer ${asked++}`;

const messages = [{ role: 'user', content: 'Word by word, please.' }];

/** A model of which each word is said when it is wanted. */
function model(upstream, ...words) {
  const wanted = words.map(() => deferred());
  const calls = upstream.requests.length;
  upstream.handle(async (exchange) => {
    for (const [index, content] of words.entries()) {
      await wanted[index].promise;
      const choices = [{ index: 0, delta: { content }, finish_reason: null }];
      await exchange.event({ data: JSON.stringify({ id: 'a', model: 'example', choices }) });
    }
    await exchange.stall();
  });
  return {
    say: (index) => wanted[index].resolve(),
    get calls() {
      return upstream.requests.length - calls;
    },
    request: () => upstream.request(calls),
  };
}

/** Reads on until an answer says this; gives the id of the last event. */
async function heard(visitor, text) {
  let content = '';
  let id;
  while (content !== text) {
    const event = await visitor.next();
    content += JSON.parse(event.data).choices[0]?.delta.content ?? '';
    assert.ok(text.startsWith(content), content);
    id = event.id;
  }
  return id;
}

/**
 * What must hold for answers on every server.
 *
 * @param {object} given
 * @param {() => { url: string }} given.server
 * @param {() => import('../support/fault-server.js').FaultServer} given.upstream
 */
function outliving({ server, upstream }) {
  const at = (route, id) => `${server().url}${route}?id=${encodeURIComponent(id)}`;

  for (const [index, route] of ROUTES.entries()) {
    const other = ROUTES.at(index - 1);

    test(`${route} goes on after a reload, ${other} has it, too, and the model is asked once`, async () => {
      const spoken = model(upstream(), 'one ', 'two ', 'three');
      const { say, request } = spoken;
      const id = newId();
      const first = await visit(`${server().url}${route}`, { json: { id, messages } });
      assert.equal(first.status, 200);
      say(0);
      const cursor = await heard(first, 'one ');
      first.leave();
      say(1);
      const reloaded = await visit(at(route, id), { headers: { 'last-event-id': cursor } });
      await heard(reloaded, 'two ');
      const tab = await visit(at(other, id));
      await heard(tab, 'one two ');
      const again = await visit(`${server().url}${other}`, { json: { id, messages } });
      await heard(again, 'one two ');
      say(2);
      for (const visitor of [reloaded, tab, again]) {
        await heard(visitor, 'three');
        visitor.leave();
      }
      const { connection } = await request();
      assert.equal(connection.open, true);
      const response = await fetch(at(route, id), { method: 'DELETE' });
      assert.deepEqual(await response.json(), { stopped: true });
      await within(connection.closed, PATIENCE_MS, 'the close of the upstream');
      assert.equal(spoken.calls, 1);
    });

    test(`${route} stops what ${other} has begun, and tells its readers`, async () => {
      const { say, request } = model(upstream(), 'one');
      const id = newId();
      const visitor = await visit(`${server().url}${other}`, { json: { id, messages } });
      say(0);
      await heard(visitor, 'one');
      const response = await fetch(at(route, id), { method: 'DELETE' });
      assert.deepEqual(await response.json(), { stopped: true });
      const { event, data, id: last } = await visitor.next();
      assert.equal(event, 'failure');
      assert.equal(JSON.parse(data).error.code, 'ERR_SSE_STOPPED');
      const { connection } = await request();
      await within(connection.closed, PATIENCE_MS, 'the close of the upstream');
      const headers = { 'last-event-id': last };
      assert.equal((await fetch(at(route, id), { headers })).status, 204);
    });

    test(`${route} knows nothing of other answers`, async () => {
      assert.equal((await get(at(route, 'unknown'))).status, 204);
    });
  }

  test('the pages that show answers are there', async () => {
    for (const path of ['/answer', '/answer/pages']) {
      const response = await get(`${server().url}${path}`);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /The same answer in another tab/);
    }
  });
}

/** `next dev` loads the module of the relay again, and that is the same relay. */
function reloading({ server, upstream, edit }) {
  test('an answer outlives that next dev loads the module of the relay again', async () => {
    const { say } = model(upstream(), 'one ', 'two');
    const id = newId();
    const first = await visit(`${server().url}/answers`, { json: { id, messages } });
    say(0);
    await heard(first, 'one ');
    const reloads = async () => (await (await get(`${server().url}/reloads`)).json()).reloads;
    assert.equal(await reloads(), 0);
    edit(
      'lib/relay.js',
      (text) => `${text}\nglobalThis.reloads = (globalThis.reloads ?? 0) + 1;\n`,
    );
    const begun = performance.now();
    while ((await reloads()) === 0) {
      assert.ok(performance.now() - begun < PATIENCE_MS, 'waited for the reload');
    }
    const reloaded = await visit(`${server().url}/answers?id=${encodeURIComponent(id)}`);
    await heard(reloaded, 'one ');
    say(1);
    for (const visitor of [first, reloaded]) {
      await heard(visitor, 'two');
      visitor.leave();
    }
  });
}

/** The last of all: the server is gone then. */
function ending({ server, upstream, paced }) {
  test('a signal ends the server in time, whatever is open', async () => {
    const { say } = model(upstream(), 'one');
    const open = [
      await visit(`${server().url}/answers`, { json: { id: newId(), messages } }),
      await visit(`${server().url}/api/answers`, { json: { id: newId(), messages } }),
    ];
    say(0);
    for (const visitor of open) await heard(visitor, 'one');
    const told = await staying({ server });
    await within(server().stop(), IN_TIME_MS, 'the end of the server');
    if (paced) await told();
  });
}

module.exports = { ending, outliving, reloading };
