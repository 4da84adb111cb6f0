'use strict';

const assert = require('node:assert/strict');
const { execFile: execFileCallback, spawn } = require('node:child_process');
const { mkdtemp, readFile, rm, symlink, writeFile } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { delimiter, dirname, join } = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');
const { PATIENCE_MS, serve } = require('./support/client.js');
const { runChild } = require('./support/child.js');
const { deferred, until, within } = require('./support/deadline.js');
const manifest = require('../package.json');

const execFile = promisify(execFileCallback);

const PROGRAM = join(__dirname, '..', manifest.bin['perennial-sse']);
const TLS = join(__dirname, 'support', 'tls');
const ESC = '\u001b';

/** Makes the program believe that both its outputs are a terminal. */
const ON_TERMINAL = [
  '--import',
  'data:text/javascript,process.stdout.isTTY = true; process.stderr.isTTY = true',
];

/** Runs the program to its end. */
async function run(args, options = {}) {
  const env = { NO_COLOR: '', ...options.env };
  const result = await runChild(PROGRAM, { ...options, args, env });
  assert.equal(result.timedOut, false, `still running; it said: ${result.stderr}`);
  return result;
}

/** Starts the program and leaves its output unread. */
function start(t, args, stdio = ['ignore', 'pipe', 'ignore']) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio, env });
  t.after(() => child.kill('SIGKILL'));
  const { promise, resolve } = deferred();
  child.once('exit', (code, signal) => resolve({ code, signal }));
  return { child, exit: () => within(promise, PATIENCE_MS, 'the program to exit') };
}

/** A folder that lives as long as the test. */
async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'perennial-cli-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

const lines = (text) => text.split('\n').filter((line) => line !== '');

const PRICE = { event: 'price', id: 2, data: '{"eur":{"list":[1,"two"],"a key":null}}' };

/** Three events of different kinds, a comment, and a clean end. */
async function mixed(exchange) {
  await exchange.event({ id: 1, data: 'one' });
  await exchange.comment('alive');
  await exchange.event(PRICE);
  await exchange.event({ data: 'two\nlines' });
}

/** Events of 1 KiB for as long as somebody reads. */
async function torrent(exchange) {
  for (let id = 0; ; id++) await exchange.event({ id, data: 'x'.repeat(1024) });
}

/** Some bytes of an event that has a number, and then a reset once the client has read it. */
async function brokenAfterOne(exchange) {
  await exchange.event({ id: 1, data: 'one' });
  await exchange.sleep(100);
  await exchange.reset();
}

test('text is a line an event: name, id, data, and further lines indented', async (t) => {
  const server = await serve(t, mixed);
  const { code, stdout, stderr } = await run(['--no-retry', server.url]);
  assert.equal(stdout, `#1 one\nprice #2 ${PRICE.data}\ntwo\n  lines\n`);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.equal(server.requests.length, 1);
  assert.equal(server.requests[0].method, 'GET');
  assert.equal(server.requests[0].headers.accept, 'text/event-stream');
});

test('ndjson is a JSON object a line', async (t) => {
  const server = await serve(t, mixed);
  const { code, stdout } = await run(['-o', 'ndjson', '--no-retry', server.url]);
  assert.equal(code, 0);
  assert.deepEqual(
    lines(stdout).map((line) => JSON.parse(line)),
    [
      { event: 'message', data: 'one', id: '1', lastEventId: '1' },
      { event: 'price', data: PRICE.data, id: '2', lastEventId: '2' },
      { event: 'message', data: 'two\nlines', lastEventId: '2' },
    ],
  );
});

test('raw is the event stream again, comments and retry included', async (t) => {
  const server = await serve(t, async (exchange) => {
    await mixed(exchange);
    await exchange.write('retry: 250\nevent: a\0b\ndata: x\n\n');
    await exchange.write('retry: 99999999999999999999\ndata: y\n\n');
  });
  const { code, stdout } = await run(['--output=raw', '--no-retry', server.url]);
  assert.equal(code, 0);
  const blocks = stdout.split('\n\n');
  assert.equal(blocks[0], 'id: 1\ndata: one');
  assert.match(blocks[1], /^: ?alive\nevent: price\nid: 2\ndata: \{.*\}$/);
  assert.equal(blocks[2], 'data: two\ndata: lines');
  assert.deepEqual(blocks[3].split('\n').sort(), ['data: x', 'event: a\ufffdb', 'retry: 250']);
  assert.match(blocks[4], /^data: y$/m);
  assert.equal(blocks[5], '');
});

test('events are filtered by name, and only printed ones count for --max-events', async (t) => {
  const server = await serve(t, async (exchange) => {
    for (let id = 1; ; id++) {
      for (const event of ['noise', 'a', 'b', undefined]) await exchange.event({ event, data: id });
    }
  });
  const args = ['--event', 'a', '--event', 'message', '--max-events', '3', server.url];
  const { code, stdout } = await run(args);
  assert.equal(stdout, 'a 1\n1\na 2\n');
  assert.equal(code, 0);
  const { closedBy } = await within(server.connections[0].closed, PATIENCE_MS, 'the close');
  assert.equal(closedBy, 'client');
});

test('--json prints all data or what is at a path, as text or lines of JSON', async (t) => {
  const server = await serve(t, mixed);
  const value = JSON.parse(PRICE.data);
  for (const [args, expected] of [
    [['--json'], `${JSON.stringify(value, null, 2)}\n`],
    [['--json='], `${JSON.stringify(value, null, 2)}\n`],
    [['-o', 'ndjson', '--json'], `${PRICE.data}\n`],
    [['--json', 'eur.list[1]'], 'two\n'],
    [['--json', '.eur["list"][0]'], '1\n'],
    [['--json', 'eur.list[1]', '-o', 'ndjson'], '"two"\n'],
    [['--json', 'eur["a key"]'], ''],
    [['--json', 'eur.list.length.x'], ''],
    [['--json', '__proto__'], ''],
  ]) {
    const { code, stdout } = await run(['--no-retry', '-q', ...args, server.url]);
    assert.equal(stdout, expected, args.join(' '));
    assert.equal(code, 0);
  }
});

test('data that is no JSON is skipped with a note, but not that of the terminal event', async (t) => {
  const server = await serve(t, async (exchange) => {
    for (const word of ['Hel', 'lo']) {
      await exchange.event({ data: JSON.stringify({ choices: [{ delta: { content: word } }] }) });
    }
    await exchange.event({ data: 'oops' });
    await exchange.event({ data: '[DONE]' });
    await exchange.stall();
  });
  const path = ['--terminal', '[DONE]', '--json', 'choices[0].delta.content'];
  const { code, stdout, stderr } = await run([...path, '--join', server.url]);
  assert.equal(stdout, 'Hello\n');
  assert.deepEqual(lines(stderr), ['* skipped, not JSON: oops']);
  assert.equal(code, 0);
});

test('headers, method, body and last event id reach the server as given', async (t) => {
  const server = await serve(t, (exchange) => exchange.end());
  const directory = await folder(t);
  const file = join(directory, 'body.json');
  await writeFile(file, '{"from":"file"}');
  const sent = async (...args) => {
    const { code, stderr } = await run([...args, server.url]);
    assert.equal(code, 0, stderr);
    return server.requests.at(-1);
  };

  const plain = await sent('-d', 'héllo', '-H', 'x-one: 1', '--header', 'X-Two:a: b');
  assert.equal(plain.method, 'POST');
  assert.equal(plain.body.toString(), 'héllo');
  assert.equal(plain.headers['content-type'], 'text/plain;charset=UTF-8');
  assert.equal(plain.headers['x-one'], '1');
  assert.equal(plain.headers['x-two'], 'a: b');

  const json = await sent('--json-body', '{"a":1}', '-X', 'put', '--last-event-id', '7');
  assert.equal(json.method, 'PUT');
  assert.equal(json.body.toString(), '{"a":1}');
  assert.equal(json.headers['content-type'], 'application/json');
  assert.equal(json.headers['last-event-id'], '7');

  const fromFile = await sent('--json-body', `@${file}`, '-H', 'Content-Type: text/x-own');
  assert.equal(fromFile.body.toString(), '{"from":"file"}');
  assert.equal(fromFile.headers['content-type'], 'text/x-own');
});

test('a body comes from standard input', async (t) => {
  const server = await serve(t, (exchange) => exchange.event({ data: 'thanks' }));
  const { child, exit } = start(t, ['--data', '-', server.url], ['pipe', 'ignore', 'ignore']);
  child.stdin.write('first ');
  child.stdin.end('second');
  assert.deepEqual(await exit(), { code: 0, signal: null });
  assert.equal(server.requests[0].body.toString(), 'first second');
});

test('a lost connection is resumed, and standard error says why and when', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (exchange.request.headers['last-event-id'] === undefined) return brokenAfterOne(exchange);
    await exchange.event({ id: 2, data: 'two' });
  });
  const args = ['--max-events', '2', server.url];
  const { code, stdout, stderr } = await run(args);
  assert.equal(stdout, '#1 one\n#2 two\n');
  const [retry, again, ...others] = lines(stderr);
  assert.match(retry, /^\* retry 1 in \d+\.\d s: .+ \(ERR_SSE_(RESET|TRUNCATED)\)$/);
  assert.equal(again, '* connected again');
  assert.deepEqual(others, []);
  assert.equal(code, 0);
  assert.equal(server.requests[1].headers['last-event-id'], '1');
});

test('--quiet says nothing of retries, but names the failure that ends the stream', async (t) => {
  const server = await serve(t, (exchange) => exchange.status(503, {}, 'down'));
  const { code, stderr } = await run(['-q', '--retries', '1', server.url]);
  assert.equal(code, 4);
  assert.equal(server.requests.length, 2);
  assert.equal(lines(stderr).length, 1);
  assert.match(stderr, /^perennial-sse: .*503.* \(ERR_SSE_STATUS\)$/m);
});

test('--verbose shows request, response, comments and totals, and no secret', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.head(200, { 'set-cookie': 'sid=SECRET-1', 'x-served-by': 'a' });
    await mixed(exchange);
  });
  const url = server.url.replace('http://', 'http://user:SECRET-2@');
  const { code, stdout, stderr } = await run([
    ...['-v', '--no-retry', '-H', 'Authorization: Bearer SECRET-3', '--last-event-id', '0'],
    `${url}/path?token=SECRET-4`,
  ]);
  assert.equal(code, 0);
  assert.equal(lines(stdout).length, 4);
  const shown = `${server.url}/path?…`;
  assert.ok(stderr.includes(`> GET ${shown}\n> with authorization, last-event-id\n`), stderr);
  assert.ok(stderr.includes(`< 200 ${shown}\n`), stderr);
  assert.match(stderr, /^< x-served-by: a$/m);
  assert.match(stderr, /^< set-cookie: \(hidden\)$/m);
  assert.match(stderr, /^: alive$/m);
  assert.match(stderr, /^\* over \(end\): attempts 1, events 3, bytes \d+, last id 2$/m);
  assert.ok(!stderr.includes('SECRET'), stderr);
  assert.equal(server.requests[0].headers.authorization, 'Bearer SECRET-3');
});

test('an ending has exit code 0: a body that ends, a terminal event, 204', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (exchange.request.path === '/204') return exchange.status(204);
    await exchange.event({ data: 'bye' });
    if (exchange.request.path === '/terminal') await exchange.stall();
  });
  for (const args of [
    ['-d', 'x', `${server.url}/end`],
    ['--terminal', 'bye', `${server.url}/terminal`],
    [`${server.url}/204`],
  ]) {
    const { code, stderr } = await run(args);
    assert.equal(code, 0, stderr);
  }
});

test('no connection has exit code 3, at once at the start and else after its retries', async (t) => {
  const server = await serve(t, mixed);
  await server.refuse();
  const refused = await run([server.url]);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /^perennial-sse: .*refused.* \(ERR_SSE_CONNECT\)\n$/);

  const retried = await run(['--retries', '1', server.url]);
  assert.equal(retried.code, 3);
  assert.match(retried.stderr, /^\* retry 1 of 1 in \d+\.\d s: .*\(ERR_SSE_CONNECT\)$/m);

  const unknown = await run(['http://name.invalid/']);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /ERR_SSE_DNS/);
});

test('a certificate that is not trusted has exit code 3, and the flag that helps is named', async (t) => {
  const tls = {
    key: await readFile(join(TLS, 'localhost-key.pem')),
    cert: await readFile(join(TLS, 'localhost.pem')),
  };
  const server = await serve(t, mixed, { tls, name: 'localhost' });
  const distrusted = await run(['--no-retry', server.url]);
  assert.equal(distrusted.code, 3);
  assert.match(distrusted.stderr, /--cacert.*\(ERR_SSE_TLS\)/);
  for (const flags of [['--cacert', join(TLS, 'ca.pem')], ['--insecure']]) {
    const { code, stdout, stderr } = await run(['--no-retry', ...flags, server.url]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^#1 one\n/);
  }
});

test('a certificate of one’s own is shown to a server that demands one', async (t) => {
  const pem = (name) => readFile(join(TLS, `${name}.pem`));
  const [key, cert, ca] = await Promise.all(['localhost-key', 'localhost', 'ca'].map(pem));
  const tls = { key, cert, ca, requestCert: true, rejectUnauthorized: true };
  const server = await serve(t, mixed, { tls, name: 'localhost' });
  const { code, stderr } = await run([
    ...['--no-retry', '--cacert', join(TLS, 'ca.pem'), '--cert', join(TLS, 'client.pem')],
    ...['--key', join(TLS, 'client-key.pem'), server.url],
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(server.requests.length, 1);
});

test('an answer that is no stream has exit code 4', async (t) => {
  const server = await serve(t, async (exchange) => {
    const { path } = exchange.request;
    if (path === '/404') return exchange.status(404, {}, `no such ${ESC}[31mthing`);
    if (path === '/loop') return exchange.redirect(307, '/loop');
    await exchange.head(200, { 'content-type': 'text/html' });
    await exchange.write('data: x\n\n');
  });
  const missing = await run([`${server.url}/404`]);
  assert.equal(missing.code, 4);
  assert.match(missing.stderr, /^< no such \\x1b\[31mthing$/m);

  const html = await run([`${server.url}/html`]);
  assert.equal(html.code, 4);
  assert.match(html.stderr, /--accept.*ERR_SSE_CONTENT_TYPE/);
  const accepted = await run(['--accept', 'text/html', '--no-retry', `${server.url}/html`]);
  assert.deepEqual([accepted.code, accepted.stdout], [0, 'x\n']);

  assert.equal((await run([`${server.url}/loop`])).code, 4);
});

test('a timeout has exit code 5', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ data: 'one' });
    await exchange.stall();
  });
  const total = await run(['--timeout', '0.5', server.url]);
  assert.equal(total.code, 5);
  assert.match(total.stderr, /--timeout .*\(ERR_SSE_TIMEOUT\)/);

  const idle = await run(['--idle-timeout', '.3', '--no-retry', server.url]);
  assert.deepEqual([idle.code, idle.stdout], [5, 'one\n']);
  assert.match(idle.stderr, /--idle-timeout .*\(ERR_SSE_TIMEOUT\)/);

  const silent = await serve(t, mixed, { onConnection: () => 'ignore' });
  const address = silent.url.replace('http:', 'https:');
  const connecting = await run(['--connect-timeout', '0.3', address]);
  assert.equal(connecting.code, 5);
  assert.match(connecting.stderr, /^perennial-sse: .* 300 ms.* \(ERR_SSE_TIMEOUT\)\n$/);
});

test('a stream that breaks off has exit code 6', async (t) => {
  const server = await serve(t, async (exchange) => {
    if (exchange.request.path === '/reset') return brokenAfterOne(exchange);
    await exchange.event({ id: 1, data: 'one' });
    if (exchange.request.path === '/short') return exchange.truncate('data: tw');
  });
  for (const [error, ...args] of [
    ['ERR_SSE_RESET', '--no-retry', `${server.url}/reset`],
    ['ERR_SSE_TRUNCATED', '--no-retry', `${server.url}/short`],
    ['ERR_SSE_TRUNCATED', '-d', 'x', '--terminal', '[DONE]', `${server.url}/end`],
    ['ERR_SSE_EXHAUSTED', '--retries', '1', `${server.url}/end`],
  ]) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 6, stderr);
    assert.ok(stderr.includes(`(${error})`), stderr);
    assert.match(stdout, /^#1 one\n/);
  }
});

test('SIGINT has exit code 130 and SIGTERM 143, and the server sees the close', async (t) => {
  const server = await serve(t, async (exchange) => {
    await exchange.event({ data: 'one' });
    await exchange.stall();
  });
  for (const [index, [signal, expected]] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ].entries()) {
    const { child, exit } = start(t, [server.url]);
    await within(
      new Promise((resolve) => child.stdout.once('data', resolve)),
      PATIENCE_MS,
      'the first event',
    );
    child.kill(signal);
    assert.deepEqual(await exit(), { code: expected, signal: null });
    const { closedBy } = await within(server.connections[index].closed, PATIENCE_MS, 'the close');
    assert.equal(closedBy, 'client');
  }
});

test('a reader that does not read makes the server wait, and SIGINT still works', async (t) => {
  let exchange;
  const server = await serve(t, (started) => {
    exchange = started;
    return torrent(started);
  });
  const { child, exit } = start(t, [server.url]);
  await server.request(0, PATIENCE_MS);
  await until(() => exchange?.blocked, PATIENCE_MS, 'the server to be blocked');
  child.kill('SIGINT');
  assert.deepEqual(await exit(), { code: 130, signal: null });
});

test('a reader that pauses misses nothing', async (t) => {
  const count = 20_000;
  let exchange;
  const server = await serve(t, async (started) => {
    exchange = started;
    for (let id = 1; id <= count; id++) await started.event({ data: `${id} ${'x'.repeat(1024)}` });
  });
  const { child, exit } = start(t, ['--no-retry', server.url]);
  await server.request(0, PATIENCE_MS);
  await until(() => exchange?.blocked, PATIENCE_MS, 'the server to be blocked');
  let rest = '';
  let expected = 1;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const complete = (rest + text).split('\n');
    rest = complete.pop();
    for (const line of complete) {
      assert.equal(Number(line.split(' ')[0]), expected);
      expected += 1;
    }
  });
  await within(
    new Promise((resolve) => child.stdout.once('end', resolve)),
    30_000,
    'the end of the output',
  );
  assert.equal(expected - 1, count);
  assert.deepEqual(await exit(), { code: 0, signal: null });
});

test('a reader that leaves ends the program quietly with exit code 0', async (t) => {
  const server = await serve(t, torrent);
  const shell = `{ "$0" "$1" "$2"; echo "code $?" >&2; } | head -n 1`;
  const child = spawn('sh', ['-c', shell, process.execPath, PROGRAM, server.url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  await within(
    new Promise((resolve) => child.once('close', resolve)),
    PATIENCE_MS,
    'the pipe to end',
  );
  assert.match(output.stdout, /^#0 x+\n$/);
  assert.equal(output.stderr, 'code 0\n');
});

test('a full disk is a failure with exit code 1', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const server = await serve(t, torrent);
  const child = spawn(
    'sh',
    ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, PROGRAM, server.url],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const code = await within(
    new Promise((resolve) => child.once('close', resolve)),
    PATIENCE_MS,
    'the program to exit',
  );
  assert.deepEqual([code, stderr], [1, 'perennial-sse: cannot write the output (ENOSPC)\n']);
});

test('colours and visible control characters are for terminals, and NO_COLOR is obeyed', async (t) => {
  const data = `red ${ESC}[31m alert`;
  const server = await serve(t, (exchange) => exchange.event({ event: 'n', id: 1, data }));
  const args = ['-v', '--no-retry', server.url];

  const terminal = await run(args, { nodeArgs: ON_TERMINAL });
  assert.equal(terminal.stdout, `${ESC}[36mn${ESC}[0m ${ESC}[2m#1${ESC}[0m red \\x1b[31m alert\n`);
  assert.ok(terminal.stderr.includes(`${ESC}[2m`), terminal.stderr);

  const plain = await run(args, { nodeArgs: ON_TERMINAL, env: { NO_COLOR: '1' } });
  assert.equal(plain.stdout, 'n #1 red \\x1b[31m alert\n');
  assert.ok(!plain.stderr.includes(ESC), plain.stderr);

  const piped = await run(args);
  assert.equal(piped.stdout, `n #1 ${data}\n`);
  assert.ok(!piped.stderr.includes(ESC), piped.stderr);
});

/** Each commands a terminal: a control character of one byte and of two, and all that turn text around. */
const COMMANDS = [
  ...['\u0007', '\u001b', '\u007f', '\u0085', '\u009b', '\u009d', '\u061c', '\u200e', '\u200f'],
  ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
];

test('in every form a terminal is shown commands and not given them, and a pipe has all as it came', async (t) => {
  const wild = COMMANDS.join('-');
  const text = JSON.stringify({ text: wild, whole: { [wild]: [wild] } });
  const server = await serve(t, async (exchange) => {
    await exchange.comment(wild);
    await exchange.event({ event: wild, id: wild, data: text });
  });
  const found = (/** @type {string} */ output) => COMMANDS.filter((one) => output.includes(one));
  for (const form of [
    [],
    ['-o', 'ndjson'],
    ['-o', 'raw'],
    ['--json', 'text'],
    ['--json', 'whole'],
    ['-o', 'ndjson', '--json', 'text'],
  ]) {
    const args = ['-v', '--no-retry', ...form, server.url];
    const env = { NO_COLOR: '1' };
    const terminal = await run(args, { nodeArgs: ON_TERMINAL, env });
    assert.deepEqual(found(terminal.stdout), [], `${form}: ${JSON.stringify(terminal.stdout)}`);
    assert.deepEqual(found(terminal.stderr), []);
    assert.match(terminal.stdout, /\\(x9b|u009b)-.*\\u202e-/, `${form}`);
    const piped = await run(args, { env });
    if (form.includes('ndjson'))
      assert.deepEqual(JSON.parse(terminal.stdout), JSON.parse(piped.stdout));
    if (form.includes('raw')) assert.deepEqual(found(piped.stdout), COMMANDS);
  }
});

test('--help shows examples first, then flags, then every exit code', async () => {
  const { code, stdout, stderr } = await run(['--help']);
  assert.deepEqual([code, stderr], [0, '']);
  const places = ['Usage:', 'Examples:', 'Request:', 'Ending:', 'Exit codes:'].map((text) =>
    stdout.indexOf(text),
  );
  assert.ok(!places.includes(-1), `${places}`);
  assert.deepEqual(
    places,
    [...places].sort((one, other) => one - other),
  );
  for (const flag of [
    '-X',
    '-H',
    '-d',
    '--json-body',
    '--last-event-id',
    '--event',
    '--json',
    '-o',
  ]) {
    assert.ok(stdout.includes(flag), flag);
  }
  for (const exit of [0, 1, 2, 3, 4, 5, 6, 130])
    assert.match(stdout, new RegExp(`^ {2}${exit}\\b`, 'm'));
  for (const line of lines(stdout)) assert.ok(line.length <= 90, line);
});

test('the documentation names every flag of the help', async () => {
  const { stdout } = await run(['-h']);
  const page = await readFile(join(__dirname, '..', 'docs', 'command-line.md'), 'utf8');
  const flags = [...stdout.matchAll(/^ {2}(?:-\w, | {4})(--[\w-]+)/gm)].map(([, flag]) => flag);
  assert.ok(flags.length > 20, `${flags}`);
  const missing = flags.filter((flag) => flag !== '--version' && !page.includes(flag));
  assert.deepEqual(missing, []);
});

test('the program runs through a symbolic link, as npx starts it', async (t) => {
  const server = await serve(t, mixed);
  const link = join(await folder(t), 'perennial-sse');
  await symlink(PROGRAM, link);
  // The first line of the program asks for the node that is on the path.
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  };
  const version = await execFile(link, ['--version'], { env });
  assert.deepEqual(version, { stdout: `${manifest.version}\n`, stderr: '' });
  const { stdout } = await execFile(link, ['--no-retry', server.url], { env });
  assert.match(stdout, /^#1 one\n/);
});

test('wrong usage has exit code 2, says what is wrong, sends nothing and shows no secret', async (t) => {
  const server = await serve(t, mixed);
  const { url } = server;
  for (const [expected, ...args] of [
    ['a URL is missing'],
    ['"char" is no URL', 'char'],
    ['"localhost:3000/events" is no URL', 'localhost:3000/events'],
    ['the address is no URL', 'user:SECRET@host'],
    ['one URL is enough', url, url],
    ["Unknown option '--nonsense'", '--nonsense=SECRET', url],
    ['argument missing', url, '--header'],
    ["--header number 2 must be written 'Name: value'", '-H', 'a: b', '-H', 'SECRET', url],
    ['headers has an invalid name at position 1', '-H', 'Bearer SECRET: x', url],
    ['headers must not set "host"', '-H', 'Host: SECRET', url],
    ['--output must be text, ndjson or raw, got "xml"', '-o', 'xml', url],
    ['--json and --output raw exclude each other', '--json', 'a', '-o', 'raw', url],
    ['--join needs --json', '--join', url],
    ['--json: cannot read the path from character 2', '--json', 'a..b', url],
    ['--data and --json-body exclude each other', '-d', 'SECRET', '--json-body', '{}', url],
    ['--retries and --no-retry exclude each other', '--retries', '1', '--no-retry', url],
    ['--quiet and --verbose exclude each other', '-qv', url],
    ['--json-body is not valid JSON', '--json-body', '{SECRET', url],
    ['cannot read "/nonexistent/file" (ENOENT)', '-d', '@/nonexistent/file', url],
    ['cannot read "/nonexistent/file" (ENOENT)', '--cacert', '/nonexistent/file', url],
    ['--cacert', '--cacert', __filename, url],
    ['--max-events must be a whole number from 1 up, got "0"', '--max-events', '0', url],
    ['--retries must be a whole number from 0 up, got "1.5"', '--retries', '1.5', url],
    ['--timeout must be a number of seconds, got "soon"', '--timeout', 'soon', url],
    ['body cannot be sent with GET', '-X', 'GET', '-d', 'SECRET', url],
    ['url', 'http://'],
  ]) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.ok(stderr.includes(expected), `${args}: ${stderr}`);
    assert.ok(stderr.startsWith('perennial-sse: '), stderr);
    assert.ok(stderr.endsWith('\nTry: perennial-sse --help\n'), stderr);
    assert.ok(!stderr.includes('SECRET'), stderr);
    assert.equal(stdout, '');
  }
  assert.equal(server.requests.length, 0);
});
