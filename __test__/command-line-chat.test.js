'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');
const { runChild } = require('./support/child.js');
const { PATIENCE_MS } = require('./support/client.js');
const { deferred, within } = require('./support/deadline.js');
const { startProvider } = require('./support/provider.js');
const manifest = require('../package.json');

const PROGRAM = join(__dirname, '..', manifest.bin['perennial-sse']);
const KEY = 'sk-hunter2';
const NAMED = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  gemini: 'GEMINI_API_KEY',
};
const NO_KEYS = Object.fromEntries(Object.values(NAMED).map((name) => [name, '']));

/** Makes the program believe that both its outputs are a terminal. */
const ON_TERMINAL = [
  '--import',
  'data:text/javascript,process.stdout.isTTY = true; process.stderr.isTTY = true',
];

/** Runs the program to its end. */
async function run(args, { env, ...options } = {}) {
  const result = await runChild(PROGRAM, {
    ...options,
    args: ['chat', ...args],
    env: { NO_COLOR: '', ...NO_KEYS, ...env },
  });
  assert.equal(result.timedOut, false, `still running; it said: ${result.stderr}`);
  assert.ok(!`${result.stdout}${result.stderr}`.includes('hunter2'), 'a key shows');
  return result;
}

/** The flags that reach a provider. */
const to = (provider, base = '/v1') => [
  ...['--base-url', `${provider.url}${base}`, '-m', 'test-model'],
];
const OPENAI = { [NAMED.openai]: KEY };

test('the answer goes to standard output, usage and attempts to standard error', async (t) => {
  const provider = await startProvider(t);
  const args = [...to(provider), '-s', 'Be brief.', '--max-tokens', '7', '-H', 'x-a: b', 'Why?'];
  const { code, stdout, stderr } = await run(args, { env: OPENAI });
  assert.equal(stderr, '* tokens 9 in, 14 out, attempts 1\n');
  assert.equal(stdout, `${provider.text}\n`);
  assert.equal(code, 0);
  const [{ body, headers }] = provider.requests;
  assert.deepEqual(body.messages, [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why?' },
  ]);
  assert.deepEqual([body.model, body.max_tokens], ['test-model', 7]);
  assert.deepEqual([headers.authorization, headers['x-a']], [`Bearer ${KEY}`, 'b']);
});

test('the question may come from standard input', async (t) => {
  const provider = await startProvider(t);
  const { promise, resolve } = deferred();
  const child = spawn(process.execPath, [PROGRAM, 'chat', ...to(provider), '--no-key', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  child.once('exit', resolve);
  child.stdin.end('Of what\ndoes a river sing?\n');
  assert.equal(await within(promise, PATIENCE_MS, 'the program to exit'), 0);
  const [{ body, key }] = provider.requests;
  assert.equal(body.messages[0].content, 'Of what\ndoes a river sing?\n');
  assert.equal(key, null);
});

test('the key is that of the provider, or of the variable that is named', async (t) => {
  for (const [name, base] of [
    ['openai', '/v1'],
    ['anthropic', '/v1'],
    ['gemini', '/v1beta'],
  ]) {
    const provider = await startProvider(t);
    const args = [...to(provider, base), '-p', name, 'Why?'];
    const { code, stdout, stderr } = await run(args, { env: { [NAMED[name]]: `${KEY}-1` } });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${provider.text}\n`);
    await run([...args, '--key-env', 'MY_KEY'], { env: { MY_KEY: `${KEY}-2` } });
    assert.deepEqual(
      provider.requests.map(({ key }) => key),
      [`${KEY}-1`, `${KEY}-2`],
    );
  }
});

test('a missing key says which variable to set, and nobody is asked', async (t) => {
  const provider = await startProvider(t);
  for (const [expected, ...args] of [
    ['environment variable OPENAI_API_KEY has no key'],
    ['environment variable ANTHROPIC_API_KEY has no key', '-p', 'anthropic'],
    ['environment variable MISTRAL_API_KEY has no key', '-p', 'mistral'],
    ['environment variable MY_KEY has no key', '--key-env', 'MY_KEY'],
  ]) {
    const { code, stdout, stderr } = await run([...to(provider), ...args, 'Why?']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.ok(stderr.includes(expected), stderr);
    assert.match(stderr, /--key-env.*--no-key/);
    assert.ok(stderr.endsWith('\nTry: perennial-sse chat --help\n'), stderr);
  }
  assert.equal(provider.requests.length, 0);
});

test('an answer that breaks prints what came, and exits with 6', async (t) => {
  const faults = () => ({ content: 3, how: 'truncate' });
  const provider = await startProvider(t, { faults });
  const { code, stdout, stderr } = await run([...to(provider), 'Why?'], { env: OPENAI });
  assert.equal(code, 6);
  assert.equal(stdout.trimEnd(), provider.answer.text.slice(0, 3).join('').trimEnd());
  assert.match(stderr, /^\* attempts 1\nperennial-sse: .* \(ERR_SSE_\w+\)\n$/);
});

test('with --resume restart it begins anew, and says that what stands above is void', async (t) => {
  const provider = await startProvider(t, {
    answer: { text: ['one', ' two'] },
    faults: [{ content: 1, how: 'end' }],
  });
  const args = [...to(provider), '--resume', 'restart', 'Why?'];
  const { code, stdout, stderr } = await run(args, { env: OPENAI });
  assert.equal(code, 0);
  assert.equal(stdout, 'one\none two\n');
  assert.match(stderr, /^\* retry 1 of 2 in /);
  assert.match(stderr, /\n\* the answer begins anew; what stands above is void\n/);
  assert.match(
    stderr,
    /, attempts 2\n\* attempt 1 at \S+: ERR_SSE_TRUNCATED, status 200, billed: perhaps\n\* attempt 2 at \S+: complete, status 200, restart, billed: yes\n$/,
  );
});

test('exit codes tell how it failed, and the message names flags', async (t) => {
  for (const [expected, text, fault, ...args] of [
    [4, '401', { status: 401, body: { error: { message: 'No such key' } } }],
    [4, 'ERR_SSE_PROVIDER', { after: 1, error: 'vllm', problem: 'invalid-request' }],
    [5, '(ERR_SSE_TIMEOUT)', { before: 'stall' }, '--timeout', '0.3'],
    [5, '(ERR_SSE_TIMEOUT)', { content: 1, how: 'stall' }, '--idle-timeout', '0.3'],
    [6, '(ERR_SSE_MALFORMED)', { content: 1, how: 'malformed' }],
  ]) {
    const provider = await startProvider(t, { faults: () => fault });
    const { code, stderr } = await run([...to(provider), '--no-retry', ...args, 'Why?'], {
      env: OPENAI,
    });
    assert.equal(code, expected, stderr);
    assert.ok(stderr.includes(text), stderr);
  }
  const nowhere = ['--base-url', 'http://nowhere.invalid/v1', '-m', 'x', 'Why?'];
  const { code, stderr } = await run(nowhere, { env: OPENAI });
  assert.equal(code, 3, stderr);
});

test('thoughts and responses are shown with --verbose only, nothing with --quiet', async (t) => {
  const provider = await startProvider(t, {
    answer: { reasoning: ['so ', 'then'], text: ['yes'] },
  });
  const args = [...to(provider), 'Why?'];
  const normal = await run(args, { env: OPENAI });
  assert.ok(!normal.stderr.includes('so then'), normal.stderr);
  const verbose = await run(['-v', ...args], { env: OPENAI });
  assert.match(verbose.stderr, /^< 200 http/);
  assert.match(verbose.stderr, /\nso then\n\* tokens 9 in/);
  assert.ok(!verbose.stderr.includes('Why?'));
  const quiet = await run(['-q', ...args], { env: OPENAI });
  assert.equal(quiet.stderr, '');
  for (const { stdout } of [normal, verbose, quiet]) assert.equal(stdout, 'yes\n');
});

test('on a terminal, text of the model is shown and not obeyed', async (t) => {
  const wild = '\u001b[31mred\u0007';
  const provider = await startProvider(t, { answer: { reasoning: [wild], text: [wild] } });
  const args = ['-v', ...to(provider), 'Why?'];
  const env = { ...OPENAI, NO_COLOR: '1' };
  const { stdout, stderr } = await run(args, { env, nodeArgs: ON_TERMINAL });
  assert.equal(stdout, '\\x1b[31mred\\x07\n');
  assert.ok(stderr.includes('\\x1b[31mred\\x07\n'), stderr);
  assert.ok(!stderr.includes('\u001b'), stderr);
  const piped = await run(args, { env });
  assert.equal(piped.stdout, `${wild}\n`);
});

test('--help explains itself', async () => {
  const { code, stdout, stderr } = await run(['--help']);
  assert.deepEqual([code, stderr], [0, '']);
  for (const text of ['Usage: perennial-sse chat', '--base-url', '--no-key', 'Exit codes:']) {
    assert.ok(stdout.includes(text), text);
  }
  for (const line of stdout.split('\n')) assert.ok(line.length <= 95, line);
});

test('wrong usage has exit code 2, says what is wrong and asks nobody', async (t) => {
  const provider = await startProvider(t);
  const there = to(provider);
  for (const [expected, ...args] of [
    ['a question is missing', ...there],
    ['one question is enough', ...there, 'Why', 'not?'],
    ['the question is empty', ...there, ' '],
    ['--base-url is missing', '-m', 'x', 'Why?'],
    ['--model is missing', '--base-url', provider.url, 'Why?'],
    ['--base-url must be absolute', '--base-url', 'hunter2', '-m', 'x', 'Why?'],
    ['provider must be one of openai, azure', ...there, '-p', 'nobody', '--no-key', 'Why?'],
    ['--max-tokens must be a whole number from 1 up, got "0"', ...there, '--max-tokens', '0', 'Y?'],
    ['must be one of "fail", "restart"', ...there, '--resume', 'sometimes', 'Why?'],
    ['resume "continue" needs an endpoint', ...there, '--resume', 'continue', 'Why?'],
    ['prefill must be one of', ...there, '--prefill', 'nobody', 'Why?'],
    ['--key-env and --no-key exclude each other', ...there, '--key-env', 'A', '--no-key', 'Why?'],
    ['--retries and --no-retry exclude', ...there, '--retries', '1', '--no-retry', 'Why?'],
    ["--header number 1 must be written 'Name: value'", ...there, '-H', 'hunter2', 'Why?'],
    ["Unknown option '--key'", ...there, '--key', 'hunter2', 'Why?'],
    ["Unknown option '--api-key'", ...there, '--api-key=hunter2', 'Why?'],
  ]) {
    const { code, stdout, stderr } = await run(args, { env: OPENAI });
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.ok(stderr.includes(expected), `${args}: ${stderr}`);
    assert.ok(stderr.endsWith('\nTry: perennial-sse chat --help\n'), stderr);
    assert.equal(stdout, '');
  }
  assert.equal(provider.requests.length, 0);
});
