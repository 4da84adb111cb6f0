'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { EventSource, EventStreamDecoderStream } = require('perennial-sse');
const { visit } = require('./support/browser.js');
const { ORIGIN, gone, hubProject, remote, startHub } = require('./support/consumers/hub-server.js');
const { deferred, until, within } = require('./support/deadline.js');
const { visit: visitRaw } = require('./support/raw-visit.js');
const { PATIENCE_MS } = require('./support/server-program.js');

/** What each lets its middleware, or a hook, say beside the hub. */
const MARKS = { express: {}, fastify: { 'x-hook': 'sent' }, hono: { 'x-hook': 'sent' } };

/** Those that let clients go when the process is told to end. */
const DRAINED = ['nest', 'sveltekit'];

let project;

before(async () => {
  project = await hubProject();
});
after(() => project?.remove());

const start = (name) => startHub(project, name);

for (const name of ['express', 'fastify', 'hono']) {
  describe(`a hub in ${name}`, () => {
    let server;
    let hub;

    before(async () => {
      server = await start(name);
      hub = remote(server);
    });
    after(() => server?.stop());

    test('an event reaches its clients at once, with the headers of others on the response', async () => {
      const client = await hub.connect('ann');
      assert.equal(client.status, 200);
      assert.match(client.headers['content-type'], /^text\/event-stream/);
      assert.equal(client.headers['x-accel-buffering'], 'no');
      assert.equal(client.headers['access-control-allow-origin'], ORIGIN);
      for (const [mark, value] of Object.entries(MARKS[name])) {
        assert.equal(client.headers[mark], value);
      }
      await hub.publish('news', 'first');
      const { event, data } = await client.next();
      assert.deepEqual([event, data], ['news', 'first']);
      client.leave();
    });

    test('who comes back gets what came meanwhile, and an EventSource hears the same', async (t) => {
      const before = await hub.connect('ann');
      before.leave();
      await hub.publish('news', 'missed');
      const again = await hub.connect('ann', { 'last-event-id': before.position });
      assert.equal((await again.next()).data, 'missed');
      again.leave();

      const heard = deferred();
      const place = `/events?lastEventId=${before.position}`;
      const source = new EventSource(hub.at(place), { headers: { 'x-user': 'ann' } });
      t.after(() => source.close());
      source.addEventListener('news', ({ data }) => heard.resolve(data));
      assert.equal(await within(heard.promise, PATIENCE_MS, 'the event'), 'missed');
    });

    test('a status is sent only where authorize gives one: a failure makes a browser come back', async () => {
      const ask = (user) => fetch(hub.at('/events'), { headers: user ? { 'x-user': user } : {} });
      for (const [user, status] of [
        [undefined, 401],
        ['banned', 403],
      ]) {
        const response = await ask(user);
        assert.equal(response.status, status);
        assert.deepEqual(await response.json(), { error: { message: 'not allowed' } });
      }
      const response = await ask('broken');
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type'), /^text\/event-stream/);
      const [, retry] = /^retry: (\d+)\n\n$/.exec(await response.text());
      assert.ok(retry >= 2000 && retry <= 4000, retry);
    });

    test('a channel that can be none is for the error handler of the framework', async () => {
      const response = await fetch(hub.at('/events'), { headers: { 'x-user': 'wrong' } });
      assert.equal(response.status, 500);
      assert.doesNotMatch(response.headers.get('content-type') ?? '', /event-stream/);
      await response.text();
    });

    test('HEAD gets the head alone', async () => {
      const response = await fetch(hub.at('/events'), {
        method: 'HEAD',
        headers: { 'x-user': 'ann' },
      });
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type'), /^text\/event-stream/);
      assert.equal(await response.text(), '');
    });

    test('a user joins and leaves channels with clients of its own, and with no others', async () => {
      const client = await hub.connect('ann');
      const { clientId } = client;
      const change = async (verb, body, user = 'ann') =>
        (await hub.post(`/events/${verb}`, body, { 'x-user': user })).status;

      assert.equal(await change('subscribe', { clientId, channel: 'sport' }), 204);
      await hub.publish('sport', 'goal');
      assert.equal((await client.next()).data, 'goal');

      for (const verb of ['subscribe', 'unsubscribe']) {
        assert.equal(await change(verb, { clientId, channel: 'sport' }, 'eve'), 403);
        assert.equal(await change(verb, { clientId: 'unknown', channel: 'sport' }), 404);
        assert.equal(await change(verb, { clientId, channel: 'user:eve' }), 400);
        assert.equal(await change(verb, { clientId }), 400);
        assert.equal(await change(verb, { clientId, channel: 7 }), 400);
        assert.equal(await change(verb, '{"clientId":'), 400);
        assert.equal(await change(verb, { clientId, channel: 'sport' }, 'banned'), 403);
      }
      assert.equal(await change('subscribe', { clientId, channel: 'secret' }), 403);
      assert.equal(await change('subscribe', { clientId, channel: 'x'.repeat(2048) }), 400);

      assert.equal(await change('unsubscribe', { clientId, channel: 'sport' }), 204);
      await hub.publish('sport', 'missed');
      await hub.publish('secret', 'not for her');
      await hub.publish('news', 'heard');
      assert.equal((await client.next()).data, 'heard');
      client.leave();
      await gone(hub);
      assert.equal(await change('subscribe', { clientId, channel: 'sport' }), 404);
    });

    test('when it closes, clients are told and the server is free', async () => {
      const client = await hub.connect('ann');
      await hub.post('/close', {});
      assert.equal((await client.next()).event, 'shutdown');
      await gone(hub);
    });
  });
}

describe('the plugin of fastify', () => {
  let server;
  let hub;

  before(async () => {
    server = await start('fastify');
    hub = remote(server);
  });
  after(() => server?.stop());

  test('leaves preflights to the plugin for them', async () => {
    const response = await fetch(hub.at('/events'), {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'GET' },
    });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('access-control-allow-origin'), ORIGIN);
  });

  test('lets hooks hear how a stream has ended', async () => {
    const heard = async (what) => {
      const started = performance.now();
      for (;;) {
        const ended = await (await fetch(hub.at('/ended'))).json();
        if (ended.length > 0) return assert.deepEqual(ended, [what]);
        assert.ok(performance.now() - started < PATIENCE_MS, 'no hook was called');
      }
    };
    const leaving = await hub.connect('ann');
    leaving.leave();
    await heard('aborted');
    await hub.connect('ann');
    await hub.post('/disconnect', { user: 'ann' });
    await heard('responded');
  });
});

for (const name of ['koa', 'h3', 'bun', 'deno', ...DRAINED]) {
  describe(`a hub in ${name}, without an adapter`, () => {
    let server;
    let hub;

    before(async () => {
      server = await start(name);
      hub = remote(server);
    });
    after(() => server?.stop());

    test('events come as they are published, also to one that comes back', async () => {
      const client = await hub.connect('ann');
      for (const data of ['one', 'two']) {
        await hub.publish('news', data);
        assert.equal((await client.next()).data, data);
      }
      client.leave();
      await gone(hub);
      await hub.publish('news', 'three');
      const again = await hub.connect('ann', { 'last-event-id': client.position });
      for (const data of ['one', 'two', 'three']) assert.equal((await again.next()).data, data);
      again.leave();
      await gone(hub);
    });

    test('when it closes, clients are told', async () => {
      const client = await hub.connect('ann');
      const closing = DRAINED.includes(name) ? server.stop('SIGTERM') : hub.post('/close', {});
      assert.equal((await client.next()).event, 'shutdown');
      await closing;
      await gone(hub);
    });
  });
}

describe('streamSSE', () => {
  let server;
  let at;
  let silent;

  before(async () => {
    server = await start('hono');
    ({ at } = remote(server));
    silent = visitRaw(server.port, { path: '/silent' });
  });
  after(async () => {
    silent?.seen.socket.destroy();
    await server?.stop();
  });

  test('writes what that of hono writes', async () => {
    const [ours, theirs] = await Promise.all(
      ['/ours', '/theirs'].map(async (path) => {
        const events = [];
        const { body } = await fetch(at(path));
        for await (const event of body.pipeThrough(new EventStreamDecoderStream())) {
          events.push(event);
        }
        return events;
      }),
    );
    assert.equal(theirs.length, 8);
    assert.deepEqual(ours, theirs);
  });

  test('writes events of several lines, and hears that the client has left', async () => {
    const visitor = await visit(at('/count'));
    assert.equal(visitor.headers['x-accel-buffering'], 'no');
    assert.equal(visitor.headers['x-hook'], 'sent');
    const { event, id, data, retry } = await visitor.next();
    assert.deepEqual([event, id, data, retry], ['count', '1', '1\nof many', 50]);
    assert.equal((await visitor.next()).id, '2');
    visitor.leave();
    const started = performance.now();
    while ((await (await fetch(at('/left'))).json()) === 0) {
      assert.ok(performance.now() - started < PATIENCE_MS, 'it was not told');
    }
  });

  test('a callback that returns ends the body', async () => {
    assert.equal(await (await fetch(at('/end'))).text(), ':\n\ndata: all\n\n');
  });

  test('a failure is told, and breaks the body off', async () => {
    const visitor = await visit(at('/break'));
    assert.equal((await visitor.next()).data, 'some');
    assert.equal((await visitor.next()).event, 'told');
    const { event, data } = await visitor.next();
    assert.equal(event, 'failure');
    assert.equal(JSON.parse(data).error.code, 'ERR_SSE_OPTION');
    await assert.rejects(async () => (await fetch(at('/break'))).text());
  });

  test('says a comment when it has been silent for long', async () => {
    const comments = () => silent.seen.text.split('\n:\n\n').length - 1;
    await until(() => comments() >= 2, PATIENCE_MS, 'a comment after the first');
  });
});
