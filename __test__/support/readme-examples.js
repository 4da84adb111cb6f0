'use strict';

const assert = require('node:assert/strict');
const { fakeWecomBot } = require('../../lib/wechat/testing/testing.js');
const { deferred, within } = require('./deadline.js');
const { visit } = require('./browser.js');
const { startServer } = require('./fault-server.js');
const { startProvider } = require('./provider.js');
const { replacing, sample } = require('./samples.js');
const { PATIENCE_MS } = require('./server-program.js');

const PROVIDER = 'https://api.openai.com/v1';
const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';

/**
 * An empty project of a reader, with the package in it.
 *
 * @typedef {object} Folder
 * @property {(name: string, code: string) => string} write writes a file, and gives the path by which Node runs it
 * @property {(file: string, env: Record<string, string>) => Promise<{ stdout: string, stderr: string }>} run
 * @property {(file: string, env: Record<string, string>) => Promise<{ port: number, stop: () => Promise<void> }>} start
 */

/** An example as its reader writes it; some of its texts are replaced. */
const example = (name, replaced) => replacing(sample('README.md', name), replaced);

/** Where a server listens is for the machine to say, and for the example to tell. */
const anyPort = (server) => ({
  [`${server}.listen(3000)`]: `${server}.listen(0, function () { console.log('listening on ' + this.address().port) })`,
});

/** Calls a route as Next.js does, and aborts the request when its client leaves. */
const ROUTER = `import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { POST } from './app/api/chat/route.js';

const server = createServer(async (req, res) => {
  const leaving = new AbortController();
  res.once('close', () => leaving.abort());
  const url = 'http://' + req.headers.host + req.url;
  const body = Readable.toWeb(req);
  const response = await POST(
    new Request(url, { method: 'POST', body, duplex: 'half', signal: leaving.signal }),
  );
  res.writeHead(response.status, Object.fromEntries(response.headers));
  await pipeline(Readable.fromWeb(response.body), res).catch(() => {});
});
server.listen(0, () => console.log('listening on ' + server.address().port));
`;

async function stream(t, folder) {
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
  const url = { 'https://example.com/events': `${server.url}/events` };
  const file = folder.write('stream.mjs', example('stream.mjs', url));
  const { stdout, stderr } = await folder.run(file, { TOKEN: 'a-token' });
  assert.equal(stdout, 'price one 1\nmessage two 2\n');
  assert.match(stderr, /^ERR_SSE_RESET \d+$/m);
  const [first, second] = server.requests;
  assert.equal(first.headers.authorization, 'Bearer a-token');
  assert.equal(second.headers['last-event-id'], '1');
}

async function answer(t, folder) {
  const provider = await startProvider(t);
  const code = example('answer.mjs', { [PROVIDER]: `${provider.url}/v1` });
  const { stdout } = await folder.run(folder.write('answer.mjs', code), { OPENAI_API_KEY: 'sk-1' });
  assert.ok(stdout.startsWith(provider.text), stdout);
  assert.match(stdout.slice(provider.text.length), /^\n stop \{[^}]*output: \d+/);
  assert.equal(provider.requests[0].key, 'sk-1');
}

async function route(t, folder) {
  const provider = await startProvider(t);
  const name = 'app/api/chat/route.js';
  folder.write(name, example(name, { [PROVIDER]: `${provider.url}/v1` }));
  const router = folder.write('router.mjs', ROUTER);
  const server = await folder.start(router, { OPENAI_API_KEY: 'sk-1' });
  t.after(() => server.stop());
  const ask = (signal) =>
    fetch(`http://127.0.0.1:${server.port}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
      signal,
    });
  const response = await ask(AbortSignal.timeout(PATIENCE_MS));
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
}

async function hub(t, folder) {
  const file = folder.write('hub.mjs', example('hub.mjs', anyPort('server')));
  const server = await folder.start(file, {});
  t.after(() => server.stop());
  const page = await visit(`http://127.0.0.1:${server.port}/events`);
  t.after(() => page.leave());
  assert.equal((await page.next()).event, 'connected');
  const { event, data } = await page.next();
  assert.equal(event, 'tick');
  assert.ok(Number.isInteger(JSON.parse(data).at));
}

async function bot(t, folder) {
  const provider = await startProvider(t);
  const local = { [PROVIDER]: `${provider.url}/v1`, ...anyPort('createServer(bot.handler)') };
  const file = folder.write('bot.mjs', example('bot.mjs', local));
  const env = { WECOM_TOKEN: 'a-token', WECOM_AES_KEY: KEY, OPENAI_API_KEY: 'sk-1' };
  const server = await folder.start(file, env);
  t.after(() => server.stop());
  const target = `http://127.0.0.1:${server.port}/`;
  const wecom = fakeWecomBot({ target, token: 'a-token', encodingAESKey: KEY });
  assert.equal(await wecom.verify(), true);
  const { text, finished } = await wecom.say('ann', 'Of what does a river sing?');
  assert.deepEqual([text, finished], [provider.text, true]);
}

/**
 * What each example of the README must do, by what it promises.
 *
 * @type {Record<string, (t: import('node:test').TestContext, folder: Folder) => Promise<void>>}
 */
const EXAMPLES = {
  'the stream reconnects, goes on behind the last event, and ends when it is told to': stream,
  'the answer is printed, with its reason and its token counts': answer,
  'the route of Next.js streams the answer, and stops it when the browser leaves': route,
  'the hub serves events': hub,
  'the bot answers in WeCom': bot,
};

module.exports = { EXAMPLES };
