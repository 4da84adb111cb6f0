'use strict';

const assert = require('node:assert/strict');
const { readFile } = require('node:fs/promises');
const http = require('node:http');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { test } = require('node:test');
const { EventSource } = require('perennial-sse');
const { visit } = require('./support/browser.js');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { PROGRAM, lines, serve, texts } = require('./support/serve-command.js');

/** A request whose headers `fetch` would not send. */
function request(url, options) {
  const { promise, resolve, reject } = deferred();
  http
    .request(url, { agent: false, ...options }, resolve)
    .on('error', reject)
    .end();
  return within(promise, PATIENCE_MS, 'an answer');
}

test('each line is an event, as it is written', async (t) => {
  const server = await serve(t);
  const page = await visit(server.events);
  server.write('one\ntwo\r\n\n  héllo: ');
  server.write('data: x\0 \u2028\n');
  assert.deepEqual(texts(await lines(page, 4)), ['one', 'two', '', '  héllo: data: x\0 \u2028']);
  server.write('x'.repeat(300_000));
  server.write('\nlast');
  server.child.stdin.end();
  const [head, tail, last] = await lines(page, 3);
  assert.equal(head.data + tail.data, 'x'.repeat(300_000));
  assert.equal(last.data, 'last');
  page.leave();
});

test('newcomers get what is kept, and clients that come back what they missed', async (t) => {
  const server = await serve(t);
  server.write('one\ntwo\nthree\n');
  const first = await visit(server.events);
  const heard = await lines(first, 3);
  assert.deepEqual(texts(heard), ['one', 'two', 'three']);
  first.leave();
  server.write('four\n');
  const again = await visit(server.events, { headers: { 'last-event-id': heard[1].id } });
  assert.deepEqual(texts(await lines(again, 2)), ['three', 'four']);
  again.leave();

  const source = new EventSource(server.events);
  t.after(() => source.close());
  const all = deferred();
  const got = [];
  source.onmessage = ({ data }) => got.push(data) === 4 && all.resolve();
  await within(all.promise, PATIENCE_MS, 'four lines');
  assert.deepEqual(got, ['one', 'two', 'three', 'four']);
});

test('where lines are not kept any more, that is told, and of which channel', async (t) => {
  const server = await serve(t, '--channel', 'app');
  const present = await visit(server.events);
  server.write(Array.from({ length: 1500 }, (_, n) => `${n}\n`).join(''));
  assert.equal((await lines(present, 1500)).at(-1).data, '1499');
  present.leave();
  const page = await visit(server.events);
  const [gap, ...kept] = await lines(page, 1001);
  assert.equal(gap.event, 'gap');
  assert.equal(JSON.parse(gap.data).channel, 'app');
  assert.deepEqual([kept[0].data, kept.at(-1).data], ['500', '1499']);
  page.leave();
});

test('the page runs nothing but its own script', async (t) => {
  const server = await serve(t);
  const response = await fetch(server.url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/html/);
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /^default-src 'none'; connect-src 'self'; script-src 'sha256-[^']+';/);
  assert.match(await response.text(), /new EventSource\('events'\)/);
});

test('what is neither the page nor the stream is refused', async (t) => {
  const server = await serve(t);
  for (const [path, method, status] of [
    ['', 'POST', 405],
    ['events', 'DELETE', 405],
    ['events/', 'GET', 404],
    ['favicon.ico', 'GET', 404],
  ]) {
    const response = await fetch(server.url + path, { method });
    assert.equal(response.status, status, `${method} /${path}`);
  }
  // As a name of a site that has been made to mean this machine.
  const foreign = await request(server.events, { headers: { host: 'site.example' } });
  assert.equal(foreign.statusCode, 403);
  foreign.resume();
  const local = await request(server.url, { headers: { host: 'localhost:80' } });
  assert.equal(local.statusCode, 200);
  local.resume();
});

test('the end of standard input ends nothing, a signal does', async (t) => {
  const server = await serve(t);
  server.child.stdin.end('one\n');
  await server.says(/standard input has ended/);
  const page = await visit(server.events);
  assert.deepEqual(texts(await lines(page, 1)), ['one']);
  if (process.platform === 'win32') return;
  server.child.kill('SIGINT');
  assert.deepEqual(await server.exit(), { code: 130, signal: null });
});

test('an address that is in use is exit code 1, and all that --quiet lets the program say', async (t) => {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const taken = probe.address().port;
  t.after(() => probe.close());
  const { code, stdout, stderr } = await runChild(PROGRAM, {
    args: ['serve', '--quiet', '--port', String(taken)],
  });
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(stderr, `perennial-sse: cannot listen on 127.0.0.1, port ${taken} (EADDRINUSE)\n`);
});

test('wrong usage has exit code 2 and says what is wrong', async () => {
  for (const [expected, ...args] of [
    ['serve takes no words', 'app.log'],
    ['--port must be a whole number from 0 up, got "http"', '--port', 'http'],
    ['--port must be at most 65535', '--port', '65536'],
    ["Unknown option '--nonsense'", '--nonsense'],
    ['--channel', '--port', '0', '--channel', 'user:ann'],
    ['--channel', '--port', '0', '--channel', ''],
  ]) {
    const { code, stdout, stderr } = await runChild(PROGRAM, { args: ['serve', ...args] });
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.ok(stderr.includes(expected), `${args}: ${stderr}`);
    assert.ok(stderr.endsWith('\nTry: perennial-sse serve --help\n'), stderr);
    assert.equal(stdout, '');
  }
});

test('--help shows examples first, and the documentation names every flag', async () => {
  const { code, stdout, stderr } = await runChild(PROGRAM, { args: ['serve', '--help'] });
  assert.deepEqual([code, stderr], [0, '']);
  const places = ['Usage:', 'Examples:', 'Serving:', 'Exit codes:'].map((text) =>
    stdout.indexOf(text),
  );
  assert.ok(!places.includes(-1), `${places}`);
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
  );
  for (const line of stdout.split('\n')) assert.ok(line.length <= 90, line);
  const page = await readFile(join(__dirname, '..', 'docs', 'command-line.md'), 'utf8');
  const flags = [...stdout.matchAll(/^ {2}(?:-\w, | {4})(--[\w-]+)/gm)].map(([, flag]) => flag);
  assert.ok(flags.includes('--channel'), `${flags}`);
  assert.deepEqual(
    flags.filter((flag) => flag !== '--version' && !page.includes(flag)),
    [],
  );
});
