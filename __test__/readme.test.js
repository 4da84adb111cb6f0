'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { after, test } = require('node:test');
const { promisify } = require('node:util');
const { fakeWecomBot } = require('../lib/wechat/testing/testing.js');
const { deferred, within } = require('./support/deadline.js');
const { visit } = require('./support/browser.js');
const { startServer } = require('./support/fault-server.js');
const { startProvider } = require('./support/provider.js');
const { SampleFolder, replacing, sample } = require('./support/samples.js');
const { PATIENCE_MS, startProgram } = require('./support/server-program.js');

const PROVIDER = 'https://api.openai.com/v1';
const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

const folder = new SampleFolder();
after(() => folder.remove());

/** Writes an example into an empty project, as a reader does; some of its texts are replaced. */
const example = (name, replaced) =>
  folder.write(name, replacing(sample('README.md', name), replaced));

/** Where a server listens is for the machine to say, and for the example to tell. */
const anyPort = (server) => ({
  [`${server}.listen(3000)`]: `${server}.listen(0, function () { console.log('listening on ' + this.address().port) })`,
});

const { NODE_TEST_CONTEXT: _, ...ENVIRONMENT } = process.env;
const run = (file, env) =>
  promisify(execFile)(process.execPath, [file], {
    cwd: folder.path,
    env: { ...ENVIRONMENT, ...env },
    timeout: PATIENCE_MS,
  });

test('the stream reconnects, goes on behind the last event, and ends when it is told to', async (t) => {
  const server = await startServer(async (exchange) => {
    if (server.requests.length === 1) {
      await exchange.write('retry: 100\nid: 1\nevent: price\ndata: one\n\n');
      return exchange.reset();
    }
    if (server.requests.length === 2)
      return exchange.write('id: 2\ndata: two\n\n').then(() => exchange.end());
    return exchange.status(204);
  });
  t.after(() => server.close());
  const file = example('stream.mjs', { 'https://example.com/events': `${server.url}/events` });
  const { stdout, stderr } = await run(file, { TOKEN: 'a-token' });
  assert.equal(stdout, 'price one 1\nmessage two 2\n');
  assert.match(stderr, /^ERR_SSE_RESET \d+$/m);
  const [first, second] = server.requests;
  assert.equal(first.headers.authorization, 'Bearer a-token');
  assert.equal(second.headers['last-event-id'], '1');
});

test('the answer is printed, with its reason and its token counts', async (t) => {
  const provider = await startProvider(t);
  const file = example('answer.mjs', { [PROVIDER]: `${provider.url}/v1` });
  const { stdout } = await run(file, { OPENAI_API_KEY: 'sk-1' });
  assert.ok(stdout.startsWith(provider.text), stdout);
  assert.match(stdout.slice(provider.text.length), /^\n stop \{[^}]*output: \d+/);
  assert.equal(provider.requests[0].key, 'sk-1');
});

test('the route of Next.js streams the answer, and stops it when the browser leaves', async (t) => {
  const provider = await startProvider(t);
  const code = sample('README.md', 'app/api/chat/route.js');
  const { POST } = await folder.import(code, {
    [PROVIDER]: `${provider.url}/v1`,
    'process.env.OPENAI_API_KEY': "'sk-1'",
  });
  const ask = (signal) =>
    POST(
      new Request('http://127.0.0.1/api/chat', {
        method: 'POST',
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
        signal,
      }),
    );
  const response = await ask();
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const text = await response.text();
  assert.ok(text.endsWith('data: [DONE]\n\n'), text);
  const waiting = deferred();
  provider.follow({ before: (index) => (index === 2 ? waiting.promise : undefined) });
  const leaving = new AbortController();
  const left = await ask(leaving.signal);
  leaving.abort();
  await left.text().catch(() => {});
  const { exchange } = await provider.request(1);
  await within(exchange.closed, PATIENCE_MS, 'the end of the connection to the provider');
  waiting.resolve();
});

test('the hub serves events', async (t) => {
  const file = example('hub.mjs', anyPort('server'));
  const server = await startProgram([process.execPath, file], { cwd: folder.path, env: {} });
  t.after(() => server.stop());
  const page = await visit(`http://127.0.0.1:${server.port}/events`);
  t.after(() => page.leave());
  assert.equal((await page.next()).event, 'connected');
  const { event, data } = await page.next();
  assert.equal(event, 'tick');
  assert.ok(Number.isInteger(JSON.parse(data).at));
});

test('the bot answers in WeCom', async (t) => {
  const provider = await startProvider(t);
  const file = example('bot.mjs', {
    [PROVIDER]: `${provider.url}/v1`,
    ...anyPort('createServer(bot.handler)'),
  });
  const env = { WECOM_TOKEN: 'a-token', WECOM_AES_KEY: KEY, OPENAI_API_KEY: 'sk-1' };
  const server = await startProgram([process.execPath, file], { cwd: folder.path, env });
  t.after(() => server.stop());
  const target = `http://127.0.0.1:${server.port}/`;
  const wecom = fakeWecomBot({ target, token: 'a-token', encodingAESKey: KEY });
  assert.equal(await wecom.verify(), true);
  const { text, finished } = await wecom.say('ann', 'Of what does a river sing?');
  assert.deepEqual([text, finished], [provider.text, true]);
});
