'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { SSEOptionError, createHub, getHub } = require('../index.js');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { freshHub, startHubApp, visit } = require('./support/hub.js');
const tables = require('./support/wrong-hub-options.js');

const { CLIENT, DISCONNECT, EVENT, HUB, PUBLICATION } = tables;

/** Whether an error says at once which argument is wrong. */
const names = (name) => (error) => {
  assert.ok(error instanceof SSEOptionError, error);
  assert.ok(error instanceof TypeError);
  assert.equal(error.code, 'ERR_SSE_OPTION');
  assert.ok(error.message.includes(name), `${error.message} does not name ${name}`);
  return true;
};

test('wrong options of a hub are named, at once', () => {
  for (const [options, name] of HUB) assert.throws(() => createHub(options), names(name));
});

test('what is wrong about a name makes no hub', () => {
  assert.throws(() => createHub({ name: 'wrong', lag: 'never' }), names('lag'));
  assert.throws(() => getHub('wrong'), { code: 'ERR_SSE_CLOSED' });
  assert.throws(() => getHub(7), names('name'));
});

test('wrong options of a client are named, and nothing is sent', async (t) => {
  const wrong = CLIENT.map(([options]) => options);
  const app = await startHubApp(t, { client: () => wrong.shift() });
  for (const [, name] of CLIENT) {
    const visitor = visit(t, app.url);
    assert.equal(await visitor.ended(), false, name);
    assert.equal(visitor.response, undefined, 'no head');
    names(name)(app.failures.pop());
  }
  const request = new Request('http://app/');
  const onClient = [{ onClient: 7 }, 'onClient'];
  for (const [options, name] of [...CLIENT, onClient]) {
    await assert.rejects(app.hub.response(request, options), names(name));
  }
  assert.equal(app.hub.stats().clients, 0);
});

test('what is no request, and no response, is named', async () => {
  const hub = freshHub();
  const request = { headers: {}, method: 'GET', url: '/' };
  for (const wrong of [undefined, null, 'GET', {}]) {
    await assert.rejects(hub.connect(wrong, {}), names('request'));
    await assert.rejects(hub.connect(request, wrong), names('response'));
    await assert.rejects(hub.response(wrong), names('request'));
  }
  await assert.rejects(hub.response(request), names('request'));
});

test('wrong events, channels, users and clients are named', async (t) => {
  const app = await startHubApp(t);
  const visitor = visit(t, app.url);
  await visitor.heard(1);
  const [client] = app.hub.clients();
  const { hub } = app;
  for (const [event, name] of [...EVENT, ...PUBLICATION]) {
    await assert.rejects(hub.broadcast(event), names(name));
    await assert.rejects(hub.publish('news', event), names(name));
    await assert.rejects(hub.toUser('ann', event), names(name));
  }
  for (const [event, name] of [...EVENT, [{ data: 'x', key: 'k' }, 'event.key']]) {
    await assert.rejects(hub.toClient(client.id, event), names(name));
    assert.throws(() => client.send(event), names(name));
  }
  const event = { data: 'x' };
  for (const channel of ['', '*', 'user:ann', 7, undefined, 'x'.repeat(257)]) {
    await assert.rejects(hub.publish(channel, event), names('channel'));
    await assert.rejects(hub.presence(channel), names('channel'));
    await assert.rejects(hub.subscribe(client.id, channel), names('channel'));
    await assert.rejects(hub.unsubscribe(client.id, channel), names('channel'));
    assert.throws(() => client.subscribe(channel), names('channel'));
    assert.throws(() => client.unsubscribe(channel), names('channel'));
  }
  for (const id of [7, undefined, {}]) {
    await assert.rejects(hub.toClient(id, event), names('id'));
    await assert.rejects(hub.subscribe(id, 'news'), names('id'));
    await assert.rejects(hub.unsubscribe(id, 'news'), names('id'));
  }
  for (const user of ['', 7, 'a\nb']) await assert.rejects(hub.toUser(user, event), names('user'));
  for (const [target, name] of DISCONNECT) {
    await assert.rejects(hub.disconnect(target), names(name));
  }
  for (const [options, name] of tables.REVOKE) {
    await assert.rejects(hub.revoke('ann', options), names(name));
  }
  await assert.rejects(hub.revoke(''), names('user'));
  assert.throws(() => hub.clients({ channel: '*' }), names('channel'));
  assert.throws(() => hub.clients({ id: 'a' }), names('id'));
  assert.throws(() => client.close({ retryDelay: '1' }), names('retryDelay'));
  await assert.rejects(hub.close({ spread: -1 }), names('spread'));
  await assert.rejects(hub.close({ deadline: 'soon' }), names('deadline'));
  assert.equal(hub.stats().published, 0);
  assert.equal(visitor.events.length, 1);
});

test('names and data that look odd are sent as they are', async (t) => {
  const channels = ['世界', ' ', 'a:b', 'users', '#', 'x'.repeat(256)];
  const app = await startHubApp(t, { client: () => ({ channels, user: '🌊 名' }) });
  const visitor = visit(t, app.url);
  await visitor.heard(1);
  for (const channel of channels) await app.hub.publish(channel, { data: channel });
  await app.hub.toUser('🌊 名', { event: ' a: b ', data: '' });
  const values = [null, 0, false, '', [], { a: ['b'] }, 'a\nb\r\nc\rd', ': x', '\ufeffé', '[DONE]'];
  for (const data of values) await app.hub.broadcast({ event: 'message', data });
  await visitor.heard(1 + channels.length + 1 + values.length);
  const heard = visitor.events.slice(1).map(({ event, data }) => [event, data]);
  const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  assert.deepEqual(heard, [
    ...channels.map((channel) => [undefined, channel]),
    // One space behind the colon is the format's.
    [' a: b ', ''],
    ...values.map((value) => [undefined, text(value).replace(/\r\n?/g, '\n')]),
  ]);
});

test('the same name is the same hub; listeners are replaced, other options refused', async (t) => {
  const app = await startHubApp(t);
  const { hub } = app;
  const { name } = hub;
  const heard = [];
  hub.on('connect', () => heard.push('before'));
  assert.equal(createHub({ name }), hub);
  assert.equal(getHub(name), hub);
  hub.on('connect', () => heard.push('after'));
  await visit(t, app.url).heard(1);
  assert.deepEqual(heard, ['after']);
  assert.throws(() => createHub({ name, heartbeat: 7 }), names(name));
  assert.throws(() => createHub({ name, retryDelay: [1, 2] }), names('other options'));
  const anew = createHub({ name, cors: { origin: 'https://a.example' } });
  assert.equal(anew, hub, 'what stays in JavaScript is replaced');
  const headers = { origin: 'https://a.example' };
  const { headers: said } = await visit(t, app.url, { headers }).opened();
  assert.equal(said['access-control-allow-origin'], 'https://a.example');
  await within(hub.close({ spread: 0, deadline: 1000 }), PATIENCE_MS, 'the end');
  assert.throws(() => getHub(name), { code: 'ERR_SSE_CLOSED' });
  await assert.rejects(hub.broadcast({ data: 'x' }), { code: 'ERR_SSE_CLOSED' });
  const next = createHub({ name, heartbeat: 7 });
  assert.notEqual(next, hub, 'a closed one makes room');
});
