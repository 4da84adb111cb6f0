'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { counts, published, startHubApp, visit } = require('./support/hub.js');

const ENTRY = path.join(__dirname, '..', 'index.js');

/** A worker with a server and the hub of this name, which does what it is told. */
const PROGRAM = `
const http = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const { createHub, getHub } = require(workerData.entry);
const { name, options } = workerData;
const answers = {
  publish: ({ channel, data }) => getHub(name).publish(channel, { data }),
  clients: () => getHub(name).clients().length,
  toClient: ({ id, data }) => getHub(name).toClient(id, { data }),
  disconnect: (target) => getHub(name).disconnect(target),
};
parentPort.on('message', async ({ ask, ...more }) => parentPort.postMessage(await answers[ask](more)));
try {
  const hub = createHub({ name, ...options });
  const server = http.createServer((request, response) => {
    hub.connect(request, response, { user: 'eve', channels: ['a'] });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port }));
} catch ({ code, message }) {
  parentPort.postMessage({ code, message });
}`;

async function startWorker(t, name, options = {}) {
  const worker = new Worker(PROGRAM, { eval: true, workerData: { entry: ENTRY, name, options } });
  t.after(() => worker.terminate());
  const reply = () =>
    within(new Promise((resolve) => worker.once('message', resolve)), PATIENCE_MS, 'the worker');
  const ask = (question, more) => {
    worker.postMessage({ ask: question, ...more });
    return reply();
  };
  return { worker, ask, ...(await reply()) };
}

test('a worker has the same hub: its events, its clients, and their end with it', async (t) => {
  const app = await startHubApp(t, { client: () => ({ user: 'ann', channels: ['a'] }) });
  const { hub } = app;
  const { worker, ask, port } = await startWorker(t, hub.name);
  const here = visit(t, app.url);
  await here.heard(1);
  const there = visit(t, `http://127.0.0.1:${port}/`);
  await there.heard(1);
  await counts(hub, 2);
  await ask('publish', { channel: 'a', data: 'from the worker' });
  await hub.publish('a', { data: 'from here' });
  for (const visitor of [here, there]) {
    await visitor.heard(3);
    const data = published(visitor).map((event) => event.data);
    assert.deepEqual(data, ['from the worker', 'from here']);
  }
  // Clients are objects where they are; everything else concerns all of them.
  assert.equal(hub.clients().length, 1);
  assert.equal(await ask('clients'), 1);
  assert.equal((await hub.presence('a')).length, 2);
  const { clientId } = JSON.parse(there.events[0].data);
  assert.equal(await hub.toClient(clientId, { data: 'across' }), true);
  await there.heard(4);
  assert.equal(await ask('disconnect', { user: 'ann' }), 1);
  assert.equal(await here.ended(), true);
  assert.deepEqual(await app.clients[0].closed, { reason: 'disconnect' });
  await worker.terminate();
  await there.ended();
  await counts(hub, 0);
  assert.deepEqual(await hub.users(), []);
  const after = visit(t, app.url, { lastEventId: here.events[1].id });
  await after.heard(2);
  assert.deepEqual(
    published(after).map(({ data }) => data),
    ['from here'],
  );
});

test('a worker cannot have it with other options', async (t) => {
  const app = await startHubApp(t);
  const { name } = app.hub;
  const { code, message } = await startWorker(t, name, { heartbeat: 7 });
  assert.equal(code, 'ERR_SSE_OPTION');
  assert.ok(message.includes(`a hub "${name}" with other options`), message);
});

test('to close the hub lets the clients of all workers go', async (t) => {
  const app = await startHubApp(t);
  const { ask, port } = await startWorker(t, app.hub.name);
  const there = visit(t, `http://127.0.0.1:${port}/`);
  await there.heard(1);
  await app.hub.close({ spread: 300, deadline: 5000 });
  assert.equal(app.hub.stats().closed.shutdown, 1);
  assert.equal(await there.ended(), true);
  assert.equal(there.events.at(-1).event, 'shutdown');
  assert.equal(await ask('clients'), 0);
});

test('workers of a cluster are told, once each, that what they keep is their own', async () => {
  const program = path.join(__dirname, 'support', 'programs', 'cluster-hubs.js');
  const { code, stdout, stderr } = await runChild(program);
  assert.equal(code, 0, stderr);
  const warning = [['ClusterMemoryWarning', 'SSE_WARN_CLUSTER']];
  assert.deepEqual(JSON.parse(stdout), { primary: [], 1: warning, 2: warning });
});
