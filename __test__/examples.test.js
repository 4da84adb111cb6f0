'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { cpSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { EventSource: Other } = require('eventsource');
const { EventSource } = require('perennial-sse');
const { Chromium, withoutChromium } = require('./support/chromium.js');
const { Project, ROOT } = require('./support/consumers/project.js');
const { deferred, within } = require('./support/deadline.js');
const { PATIENCE_MS, startProgram } = require('./support/server-program.js');
const { visit } = require('./support/browser.js');

const EXAMPLES = ['notifications', 'dashboard', 'progress', 'live-chat', 'log-stream'];

const project = new Project();

/** What the examples depend on besides this package, with the versions that they name. */
function packages() {
  const named = EXAMPLES.flatMap((name) => {
    const manifest = join(ROOT, 'examples', name, 'package.json');
    return Object.entries(JSON.parse(readFileSync(manifest, 'utf8')).dependencies);
  });
  return named
    .filter(([name]) => name !== 'perennial-sse')
    .map(([name, version]) => `${name}@${version}`);
}

before(async () => {
  const paths = (await project.pack()).map(({ path }) => path);
  await project.install([...paths, ...packages()], ['--prefer-offline']);
  for (const name of EXAMPLES) {
    cpSync(join(ROOT, 'examples', name), join(project.folder, name), { recursive: true });
  }
});
after(() => project.remove());

/** Starts the server of an example; gives the URL of a path. */
async function serving(t, name) {
  const server = await startProgram([process.execPath, join(project.folder, name, 'server.mjs')], {
    cwd: project.folder,
    env: { PORT: '0' },
  });
  t.after(() => server.stop());
  return (path) => `http://127.0.0.1:${server.port}${path}`;
}

/** The events of some names that an EventSource hears, one after the other. */
function listen(t, url, names, Source = EventSource) {
  const source = new Source(url);
  t.after(() => source.close());
  const heard = [];
  let arrived = deferred();
  for (const name of names) {
    source.addEventListener(name, ({ data }) => {
      heard.push({ name, ...JSON.parse(data) });
      arrived.resolve();
    });
  }
  return {
    source,
    async next() {
      if (heard.length === 0) await within(arrived.promise, PATIENCE_MS, `one of ${names}`);
      const event = heard.shift();
      if (heard.length === 0) arrived = deferred();
      return event;
    },
  };
}

const post = (url, body) =>
  fetch(url, {
    method: 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

for (const [what, Source] of Object.entries({ 'this package': EventSource, eventsource: Other })) {
  describe(`heard with the EventSource of ${what}`, () => {
    test('notifications reach all devices of a user, and no one else', async (t) => {
      const at = await serving(t, 'notifications');
      assert.equal((await fetch(at('/events'))).status, 401);
      assert.match(await (await fetch(at('/?user=ann'))).text(), /<h1>Notifications/);
      const devices = ['ann', 'ann', 'bob'].map((user) =>
        listen(t, at(`/events?user=${user}`), ['connected', 'notification'], Source),
      );
      for (const device of devices) assert.equal((await device.next()).name, 'connected');
      await post(at('/notify/ann'), { title: 'Hello', body: 'one' });
      await post(at('/notify/bob'), { title: 'Hello', body: 'two' });
      const got = await Promise.all(devices.map((device) => device.next()));
      assert.deepEqual(
        got.map(({ name, title, body }) => [name, title, body]),
        ['one', 'one', 'two'].map((body) => ['notification', 'Hello', body]),
      );
    });

    test('a dashboard hears of prices, and of who looks at it', async (t) => {
      const at = await serving(t, 'dashboard');
      assert.match(await (await fetch(at('/'))).text(), /<h1>Prices/);
      const people = listen(t, at('/events?user=ann'), ['user-joined', 'user-left'], Source);
      assert.deepEqual(await people.next(), { name: 'user-joined', user: 'ann', clients: 1 });
      const other = listen(t, at('/events?user=bob'), ['price-update'], Source);
      assert.deepEqual(await people.next(), { name: 'user-joined', user: 'bob', clients: 2 });
      const { fruit, cents } = await other.next();
      assert.ok(['apples', 'pears'].includes(fruit));
      assert.ok(Number.isInteger(cents));
      other.source.close();
      assert.deepEqual(await people.next(), { name: 'user-left', user: 'bob', clients: 1 });
    });

    test('a task tells how far it is until it is complete, also to one that comes late', async (t) => {
      const at = await serving(t, 'progress');
      assert.match(await (await fetch(at('/'))).text(), /<progress/);
      assert.equal((await fetch(at('/events?task=unknown'))).status, 204);
      const { id } = await (await post(at('/tasks'))).json();
      const first = listen(t, at(`/events?task=${id}`), ['progress'], Source);
      let told = await first.next();
      const late = listen(t, at(`/events?task=${id}`), ['progress'], Source);
      for (let before = told.progress; told.status !== 'completed'; before = told.progress) {
        told = await first.next();
        assert.equal(told.taskId, id);
        assert.ok(told.progress >= before, `${told.progress} after ${before}`);
      }
      assert.equal(told.progress, 100);
      while ((await late.next()).status !== 'completed');
      // It was over before this one came.
      const after = listen(t, at(`/events?task=${id}`), ['progress'], Source);
      assert.equal((await after.next()).status, 'completed');
    });

    test('what is said in a room is heard in it, and nowhere else', async (t) => {
      const at = await serving(t, 'live-chat');
      assert.match(await (await fetch(at('/'))).text(), /<form>/);
      const names = ['connected', 'said'];
      const [ann, bob, eve] = [
        ['ann', 'tea'],
        ['bob', 'tea'],
        ['eve', 'lobby'],
      ].map(([user, room]) => listen(t, at(`/events?user=${user}&room=${room}`), names, Source));
      for (const one of [ann, bob, eve]) assert.equal((await one.next()).name, 'connected');
      const people = await (await fetch(at('/people?room=tea'))).json();
      assert.deepEqual(people.map(({ user }) => user).toSorted(), ['ann', 'bob']);
      const say = (room, text) => post(at('/messages'), { room, user: 'ann', text });
      assert.equal((await say('tea', 'sugar?')).status, 201);
      assert.equal((await say('lobby', 'hello')).status, 201);
      for (const [one, text] of [
        [ann, 'sugar?'],
        [bob, 'sugar?'],
        [eve, 'hello'],
      ]) {
        assert.deepEqual(await one.next(), { name: 'said', user: 'ann', text });
      }
      assert.equal((await fetch(at('/messages'), { method: 'POST', body: '{' })).status, 400);
    });
  });
}

describe('shown in chromium', { skip: withoutChromium }, () => {
  let chromium;
  before(() => {
    chromium = new Chromium();
  });
  after(() => chromium?.close());

  /** Waits on a page until an expression comes to something. */
  const shown = (page, expression) =>
    page.evaluate(`(async () => {
      for (;;) {
        const value = ${expression};
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })()`);

  test('a notification is listed', async (t) => {
    const at = await serving(t, 'notifications');
    const page = await chromium.open(at('/?user=ann'));
    assert.equal(await page.evaluate('document.querySelector("output").value'), 'ann');
    await shown(page, 'document.querySelector("#state").textContent === "connected"');
    await post(at('/notify/ann'), { title: 'Hello', body: 'it works' });
    await post(at('/notify/ann'), { title: 'Hello', body: '<b>again</b>' });
    await shown(page, 'document.querySelectorAll("li").length === 2');
    assert.match(await page.evaluate('document.querySelector("li").textContent'), /<b>again<\/b>$/);
  });

  test('prices and people are on the dashboard', async (t) => {
    const at = await serving(t, 'dashboard');
    const page = await chromium.open(at('/?user=ann'));
    assert.match(await shown(page, 'document.querySelector("dd")?.textContent'), /^\d+\.\d\d$/);
    assert.equal(
      await page.evaluate('document.querySelector("output").value'),
      'ann: user-joined; 1 looking',
    );
  });

  test('a task is started and watched to its end', async (t) => {
    const at = await serving(t, 'progress');
    const page = await chromium.open(at('/'));
    await page.evaluate('document.querySelector("button").click()');
    await shown(page, 'document.querySelector("output").value === "completed"');
    assert.equal(await page.evaluate('document.querySelector("progress").value'), 100);
  });

  test('what is said on one page is shown on the other', async (t) => {
    const at = await serving(t, 'live-chat');
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map((user) => chromium.open(at(`/?user=${user}`))),
    );
    const people = async () => (await (await fetch(at('/people'))).json()).length;
    while ((await people()) < 2);
    await ann.evaluate(`
      document.querySelector('input').value = 'sugar?';
      document.forms[0].requestSubmit();
    `);
    for (const page of [ann, bob]) {
      assert.equal(await shown(page, 'document.querySelector("li")?.textContent'), 'ann: sugar?');
    }
  });
});

test('a chat goes on behind the last message of a page that was away', async (t) => {
  const at = await serving(t, 'live-chat');
  const page = await visit(at('/events?user=ann'));
  const { id } = await page.next();
  page.leave();
  for (const text of ['one', 'two']) await post(at('/messages'), { user: 'bob', text });
  const again = await visit(at('/events?user=ann'), { headers: { 'last-event-id': id } });
  assert.equal((await again.next()).event, 'connected');
  for (const text of ['one', 'two']) {
    assert.equal(JSON.parse((await again.next()).data).text, text);
  }
  again.leave();
});

test('the ten lines that docs/server.md begins with serve events', async (t) => {
  const page = readFileSync(join(ROOT, 'docs', 'server.md'), 'utf8');
  const [, code] = /```js\n([\s\S]*?)\n```/.exec(page);
  const program = join(project.folder, 'ten-lines.mjs');
  const told = 'server.listen(0, () => console.log("listening on " + server.address().port))';
  writeFileSync(program, code.replace('server.listen(3000)', told));
  const server = await startProgram([process.execPath, program], {
    cwd: project.folder,
    env: {},
  });
  t.after(() => server.stop());
  const source = listen(t, `http://127.0.0.1:${server.port}/events`, ['connected', 'tick']);
  assert.equal((await source.next()).name, 'connected');
  const { name, at } = await source.next();
  assert.equal(name, 'tick');
  assert.ok(Number.isInteger(at));
});

test('the lines of a log are served by the command alone', async (t) => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const cwd = join(project.folder, 'log-stream');
  const app = spawn(process.execPath, ['app.mjs'], {
    cwd,
    env: { ...env, PAUSE: '20' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => app.kill('SIGKILL'));
  const command = join(project.folder, 'node_modules', 'perennial-sse', 'lib', 'cli', 'main.js');
  const serve = spawn(process.execPath, [command, 'serve', '--port', '0'], {
    cwd,
    env,
    stdio: [app.stdout, 'ignore', 'pipe'],
  });
  t.after(() => serve.kill('SIGKILL'));
  const listening = deferred();
  let told = '';
  serve.stderr.setEncoding('utf8').on('data', (text) => {
    told += text;
    const [, url] = /listening on (\S+\/),/.exec(told) ?? [];
    if (url !== undefined) listening.resolve(url);
  });
  const url = await within(listening.promise, PATIENCE_MS, 'the server of the command');
  const page = await visit(`${url}events`);
  for (let request = 1; request <= 5; ) {
    const { event, data } = await page.next();
    if (event !== 'message') continue;
    assert.match(data, new RegExp(`Z request ${request} took \\d+ ms$`));
    request += 1;
  }
  page.leave();
});
