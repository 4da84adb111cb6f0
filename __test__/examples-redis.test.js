'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { cpSync, mkdirSync, mkdtempSync, readFileSync } = require('node:fs');
const { rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { promisify } = require('node:util');
const { EventSource } = require('perennial-sse');
const { deferred, until, within } = require('./support/deadline.js');
const { startRedis, withoutRedis } = require('./support/redis.js');
const { startNginx, without } = require('./support/reverse-proxies.js');
const { sample } = require('./support/samples.js');
const { PATIENCE_MS, startProgram } = require('./support/server-program.js');

const ROOT = join(__dirname, '..');

/** Where the examples find what they depend on. */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'perennial-examples-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'perennial-sse'));
  for (const name of ['hono', '@hono']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  cpSync(join(ROOT, 'examples', 'notifications'), join(folder, 'notifications'), {
    recursive: true,
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** An instance of an example that shares what it knows with others. */
async function instance(t, name, redis) {
  const server = await startProgram([process.execPath, join(folder, name, 'server.mjs')], {
    cwd: folder,
    env: { PORT: '0', REDIS_URL: redis.url },
  });
  t.after(() => server.stop());
  return server;
}

/** What an EventSource hears of one name. */
function listen(t, url, name) {
  const source = new EventSource(url);
  t.after(() => source.close());
  const heard = [];
  const connected = deferred();
  const device = { heard, breaks: 0, connected: connected.promise };
  source.addEventListener('connected', () => connected.resolve(undefined));
  source.addEventListener('error', () => {
    device.breaks++;
  });
  source.addEventListener(name, ({ data }) => heard.push(JSON.parse(data)));
  return device;
}

const post = (url, body) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('examples on Redis', { skip: withoutRedis() }, () => {
  test('the programs of docs/redis.md: a process without clients notifies a user of two others, and ends', async (t) => {
    const redis = await startRedis(t);
    const env = { PORT: '0', REDIS_URL: redis.url };
    const write = (name) => {
      const file = join(folder, name);
      writeFileSync(file, sample('docs/redis.md', name));
      return file;
    };
    const file = write('events.mjs');
    const servers = await Promise.all(
      [1, 2].map(() => startProgram([process.execPath, file], { cwd: folder, env })),
    );
    t.after(() => Promise.all(servers.map((server) => server.stop())));
    const devices = servers.flatMap(({ port }) =>
      ['ann', 'bob'].map((user) =>
        listen(t, `http://127.0.0.1:${port}/events?user=${user}`, 'notification'),
      ),
    );
    for (const { connected } of devices) await within(connected, PATIENCE_MS, 'a connection');
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const options = { cwd: folder, env: { ...inherited, ...env }, timeout: PATIENCE_MS };
    const notify = write('notify.mjs');
    for (const user of ['ann', 'bob', 'ann']) {
      await promisify(execFile)(process.execPath, [notify, user, `Hello ${user}`], options);
    }
    const wanted = { ann: ['Hello ann', 'Hello ann'], bob: ['Hello bob'] };
    const heard = () => devices.map(({ heard }) => heard.map(({ title }) => title));
    const all = () => heard().every((titles, index) => titles.length === [2, 1][index % 2]);
    await until(all, PATIENCE_MS, 'the notifications');
    assert.deepEqual(heard(), [wanted.ann, wanted.bob, wanted.ann, wanted.bob]);
  });

  test('what nginx and the instances are called in compose.yaml is what nginx.conf says', () => {
    const read = (name) => readFileSync(join(ROOT, 'examples', 'notifications', name), 'utf8');
    const compose = read('compose.yaml');
    const named = [...compose.matchAll(/^ {2}(\w+): \*app$/gm)].map(([, name]) => name);
    const asked = [...read('nginx.conf').matchAll(/server (\w+):(\d+);/g)];
    assert.deepEqual(
      asked.map(([, name]) => name),
      named,
    );
    const [, port] = /process\.env\.PORT \?\? (\d+)/.exec(read('server.mjs'));
    for (const [, , used] of asked) assert.equal(used, port);
    const [, listens] = /listen (\d+);/.exec(read('nginx.conf'));
    assert.ok(compose.includes(`ports: ["8080:${listens}"]`));
  });

  const skip = without('nginx as documented');
  test('two instances behind the nginx of compose.yaml; one is killed', { skip }, async (t) => {
    const redis = await startRedis(t);
    const [one, two] = await Promise.all([1, 2].map(() => instance(t, 'notifications', redis)));
    const url = await startNginx(t, join(ROOT, 'examples', 'notifications', 'nginx.conf'), {
      'app1:3000': `127.0.0.1:${one.port}`,
      'app2:3000': `127.0.0.1:${two.port}`,
    });
    assert.match(await (await fetch(`${url}/?user=ann`)).text(), /<h1>Notifications/);
    const devices = Array.from({ length: 6 }, () =>
      listen(t, `${url}/events?user=ann`, 'notification'),
    );
    for (const { connected } of devices) await within(connected, PATIENCE_MS, 'a connection');
    const sent = [];
    const notify = async () => {
      sent.push(`${sent.length}`);
      const { status } = await post(`${url}/notify/ann`, { title: 'Hello', body: sent.at(-1) });
      assert.equal(status, 201);
    };
    const all = () =>
      until(
        () => devices.every(({ heard }) => heard.length >= sent.length),
        PATIENCE_MS,
        `all devices to hear of ${sent.length}`,
      );
    for (let times = 0; times < 3; times++) await notify();
    await all();
    await one.stop();
    for (let times = 0; times < 3; times++) await notify();
    await all();
    await notify();
    await all();
    for (const { heard } of devices)
      assert.deepEqual(
        heard.map(({ body }) => body),
        sent,
      );
    const broken = devices.filter(({ breaks }) => breaks > 0).length;
    assert.ok(broken > 0 && broken < devices.length, `${broken} were at the one that was killed`);
  });
});
