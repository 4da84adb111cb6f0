'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { deferred } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');
const { seeded } = require('./support/random.js');
const { answerOf, contentOf, startApp, visit } = require('./support/relay.js');

/** Everything that a visitor gets from a place on, to the end. */
async function rest(t, url, options) {
  const visitor = visit(t, url, options);
  assert.equal(await visitor.ended(), true);
  return visitor;
}

for (const output of ['pipe', 'response']) {
  test(`${output}: a reload at every event, by header and by query`, async (t) => {
    const provider = await startProvider(t);
    const app = await startApp(t, answerOf(provider), { output });
    const url = `${app.url}/answer`;
    const whole = await rest(t, url);
    assert.equal(whole.content, provider.text);
    assert.equal(whole.events.at(-1).data, '[DONE]');
    for (const [index, { id }] of whole.events.entries()) {
      const before = whole.events.slice(0, index + 1);
      const last = index === whole.events.length - 1;
      const query = ['lastEventId', 'last_event_id', 'evs_last_event_id'][index % 3];
      for (const [address, options] of [
        [url, { lastEventId: id }],
        [`${url}?${query}=${encodeURIComponent(id)}`, {}],
        // The header knows more than the address with which the page began.
        [`${url}?${query}=${encodeURIComponent(whole.events[0].id)}`, { lastEventId: id }],
      ]) {
        const again = await rest(t, address, options);
        assert.equal(again.response.statusCode, last ? 204 : 200);
        assert.deepEqual([...before, ...again.events], whole.events);
      }
    }
    assert.equal(provider.requests.length, 1);
    assert.deepEqual(app.failures, []);
  });
}

test('reloads at random places, inside frames, while the answer comes', async (t) => {
  const random = seeded(14);
  const pieces = Array.from({ length: 60 }, (_, at) => `${at} 大河 🌊 "${'x'.repeat(at % 7)}"\n`);
  // Each visit lets the model say three more pieces.
  let allowed = 0;
  let gate = deferred();
  const provider = await startProvider(t, {
    answer: { text: pieces },
    before: async (index) => {
      while (index >= allowed) await gate.promise;
    },
  });
  const allow = (more) => {
    allowed += more;
    gate.resolve();
    gate = deferred();
  };
  const app = await startApp(t, answerOf(provider));
  const url = `${app.url}/answer`;
  const seen = [];
  let lastEventId;
  for (let reload = 0; reload < 15; reload++) {
    const visitor = visit(t, url, { lastEventId });
    await visitor.opened();
    allow(3);
    await visitor.read(random.integer(1, 350));
    visitor.leave();
    // Half a frame is none: an EventSource takes its id with the blank line.
    seen.push(...visitor.events);
    lastEventId = visitor.events.at(-1)?.id ?? lastEventId;
  }
  allow(1000);
  const last = await rest(t, url, { lastEventId });
  seen.push(...last.events);
  assert.equal(contentOf(seen), pieces.join(''));
  assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length, 'nothing twice');
  assert.equal(provider.requests.length, 1);
});

test('200 calls of one id at a time are one call upstream', async (t) => {
  const go = deferred();
  const provider = await startProvider(t, { before: (index) => (index === 1 ? go.promise : 0) });
  const app = await startApp(t, answerOf(provider));
  const runs = await Promise.all(
    Array.from({ length: 200 }, () => app.relay.run('one', answerOf(provider))),
  );
  assert.equal(runs.filter(({ role }) => role === 'producer').length, 1);
  const reading = runs.map(async (run) => {
    const events = [];
    for await (const event of run) events.push(event);
    return contentOf(events);
  });
  go.resolve();
  assert.deepEqual(new Set(await Promise.all(reading)), new Set([provider.text]));
  assert.equal(provider.requests.length, 1);
  for (const run of runs) assert.deepEqual(await run.closed, { status: 'done' });
});

test('two tabs read along, and a third that comes after the end', async (t) => {
  const go = deferred();
  const provider = await startProvider(t, { before: (index) => (index === 4 ? go.promise : 0) });
  const app = await startApp(t, answerOf(provider));
  const first = visit(t, `${app.url}/a`);
  await first.heard(3);
  const second = visit(t, `${app.url}/a`);
  await second.heard(3);
  go.resolve();
  assert.deepEqual([await first.ended(), await second.ended()], [true, true]);
  const third = await rest(t, `${app.url}/a`);
  assert.equal(first.content, provider.text);
  assert.deepEqual(second.events, first.events);
  assert.deepEqual(third.events, first.events);
  assert.equal(provider.requests.length, 1);
});

test('the head comes at once, with a comment, before the model says anything', async (t) => {
  const go = deferred();
  t.after(() => go.resolve());
  const provider = await startProvider(t, { before: () => go.promise });
  const app = await startApp(t, answerOf(provider));
  const visitor = visit(t, `${app.url}/a`);
  const { statusCode, headers } = await visitor.opened();
  assert.equal(statusCode, 200);
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.equal(headers['cache-control'], 'no-cache, no-transform');
  assert.equal(headers['x-accel-buffering'], 'no');
  await visitor.read(3);
  assert.equal(visitor.text, ':\n\n');
});

test('a silent reader is sent comments', async (t) => {
  const go = deferred();
  t.after(() => go.resolve());
  const provider = await startProvider(t, { before: () => go.promise });
  const app = await startApp(t, answerOf(provider), { reading: { heartbeat: 20 } });
  const visitor = visit(t, `${app.url}/a`);
  await visitor.read(5 * ':\n\n'.length);
  assert.match(visitor.text, /^(?::\n\n)+$/);
});

test('a HEAD request begins the answer, and gets the head alone', async (t) => {
  const provider = await startProvider(t);
  const app = await startApp(t, answerOf(provider));
  const visitor = visit(t, `${app.url}/a`, { method: 'HEAD' });
  assert.equal(await visitor.ended(), true);
  assert.equal(visitor.response.statusCode, 200);
  assert.equal(visitor.text, '');
});

test('an id that has ended is replayed and asks nothing, until its retention is over', async (t) => {
  const provider = await startProvider(t);
  const app = await startApp(t, answerOf(provider), { relay: { retention: 300 } });
  const first = await rest(t, `${app.url}/a`);
  assert.equal(await app.relay.status('a'), 'done');
  const again = await app.relay.resume('a');
  assert.equal(again.role, 'reader');
  assert.equal(again.snapshot().content, provider.text);
  while ((await app.relay.status('a')) !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(await app.relay.resume('a'), undefined);
  // What is held is readable still.
  assert.equal(again.snapshot().content, provider.text);
  const anew = await rest(t, `${app.url}/a`, { lastEventId: first.lastEventId });
  assert.equal(anew.events[0].event, 'reset');
  assert.equal(contentOf(anew.events.slice(1)), provider.text);
  assert.equal(provider.requests.length, 2);
});

test("replay: 'start' passes over the cursor", async (t) => {
  const provider = await startProvider(t);
  const app = await startApp(t, answerOf(provider), { reading: { replay: 'start' } });
  const whole = await rest(t, `${app.url}/a`);
  const again = await rest(t, `${app.url}/a`, { lastEventId: whole.lastEventId });
  assert.deepEqual(again.events, whole.events);
});
