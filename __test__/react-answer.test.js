'use strict';

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { chat } = require('perennial-sse');
const { answerRoutes } = require('perennial-sse/next');
const { deferred, until } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { answerFetch } = require('./support/fetch-server.js');
const { launch, startSite, withoutPlaywright } = require('./support/playwright.js');
const { REACTS, reactPage } = require('./support/react-page.js');
const { freshRelay } = require('./support/relay.js');

const PATIENCE_MS = 30_000;

/** A chunk of the model's answer. */
const chunk = (delta, finish = null) => {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { data: JSON.stringify({ id: 'answer', model: 'm', choices }) };
};

for (const version of Object.keys(REACTS)) {
  describe(`useAnswer in React ${version}`, { skip: withoutPlaywright }, () => {
    let browser;
    let script;
    let upstream;
    before(async () => {
      [browser, script, upstream] = await Promise.all([
        launch(),
        reactPage(version),
        startServer((exchange) => exchange.status(404)),
      ]);
    });
    after(async () => {
      await browser?.close();
      await upstream?.close();
    });

    /** A model that says three words, each when it is told to, and then does this. */
    function model(last) {
      const wanted = [deferred(), deferred(), deferred()];
      upstream.handle(async (exchange) => {
        for (const [index, word] of ['one ', 'two ', 'three'].entries()) {
          await wanted[index].promise;
          await exchange.event(chunk({ content: word }));
        }
        if (last) return last(exchange);
        await exchange.event(chunk({}, 'stop'));
        await exchange.event({ data: '[DONE]' });
        return exchange.end();
      });
      return {
        say: (index) => wanted[index].resolve(),
        sayAll: () => wanted.map(({ resolve }) => resolve()),
      };
    }

    /** The routes of the guides, and a page with the hook. */
    async function visit(t, { retry = false, options = {} } = {}) {
      const ask = async (request) => {
        const { messages } = await request.json();
        const baseUrl = `${upstream.url}/v1`;
        return chat({ baseUrl, apiKey: 'k', model: 'm', messages, retry });
      };
      const routes = answerRoutes(freshRelay(), ask, { notices: true });
      const responses = [];
      const asked = [];
      const site = await startSite(script, (request, response) => {
        responses.push(response);
        asked.push(`${request.method} ${request.url.replace(/=.*/, '=')}`);
        if (request.url === '/plain') {
          return answerFetch(async (plain) => (await ask(plain)).toResponse(), request, response);
        }
        return answerFetch((given) => routes[given.method](given), request, response);
      });
      const context = await browser.newContext();
      const page = await context.newPage();
      t.after(async () => {
        await context.close();
        site.close();
      });
      const show = (more) =>
        page.evaluate((props) => window.show('Answer', props), {
          api: '/answers',
          ...options,
          ...more,
        });
      await page.goto(`${site.url}/page`);
      await show();
      return {
        page,
        asked,
        responses,
        show,
        send: (text) => page.evaluate((question) => window.hook.sendMessage(question), text),
        shows: (text) => page.waitForFunction((wanted) => window.hook?.text === wanted, text),
        is: (status) => page.waitForFunction((wanted) => window.hook?.status === wanted, status),
        messages: () =>
          page.evaluate(() => window.hook.messages.map(({ role, content }) => [role, content])),
      };
    }

    const WHOLE = [
      ['user', 'Count.'],
      ['assistant', 'one two three'],
    ];

    test('a policy of `retry` may be given by its name', async (t) => {
      const { send, is, messages } = await visit(t, { options: { retry: 'patient' } });
      model().sayAll();
      await send('Count.');
      await is('ready');
      assert.deepEqual(await messages(), WHOLE);
    });

    test('a question, its answer, and what is asked again', async (t) => {
      const { page, asked, send, shows, is, messages } = await visit(t);
      const { say } = model();
      await send('Count.');
      await is('submitted');
      say(0);
      await shows('one ');
      await is('streaming');
      assert.deepEqual(await messages(), [
        ['user', 'Count.'],
        ['assistant', 'one '],
      ]);
      say(1);
      say(2);
      await is('ready');
      assert.deepEqual(await messages(), WHOLE);
      assert.deepEqual(await page.evaluate(() => window.finished), [['one two three', false]]);
      const again = model();
      await page.evaluate(() => window.hook.regenerate());
      again.sayAll();
      await is('ready');
      await page.waitForFunction(() => window.finished.length === 2);
      assert.deepEqual(await messages(), WHOLE);
      assert.deepEqual(asked, ['POST /answers', 'POST /answers']);
      await page.evaluate(() => window.hook.clear());
      assert.deepEqual(await messages(), []);
    });

    test('a connection that breaks at any place of the answer loses nothing', async (t) => {
      const { asked, responses, send, shows, is, messages } = await visit(t);
      const { say } = model();
      const requests = upstream.requests.length;
      await send('Count.');
      for (const [index, text] of ['one ', 'one two ', 'one two three'].entries()) {
        say(index);
        if (index < 2) {
          await shows(text);
          responses.at(-1).destroy();
        }
      }
      await is('ready');
      assert.deepEqual(await messages(), WHOLE);
      assert.deepEqual(asked, ['POST /answers', 'GET /answers?id=', 'GET /answers?id=']);
      assert.equal(upstream.requests.length, requests + 1);
    });

    test('a reload in mid-answer goes on with it', async (t) => {
      const { page, asked, show, send, shows, is, messages } = await visit(t, {
        options: { id: 'a' },
      });
      const { say } = model();
      await send('Count.');
      say(0);
      await shows('one ');
      await page.reload();
      await show();
      await shows('one ');
      say(1);
      say(2);
      await is('ready');
      assert.deepEqual(await messages(), WHOLE);
      assert.deepEqual(asked, ['POST /answers', 'GET /answers?id=']);
      await page.reload();
      await show();
      await page.waitForFunction(() => window.hook !== undefined);
      assert.deepEqual(await messages(), []);
    });

    test('a reload at ten points of an answer: each time everything is there', async (t) => {
      const { page, show, send, shows, is } = await visit(t);
      const words = Array.from({ length: 10 }, (_, index) => `word ${index} `);
      const wanted = words.map(() => deferred());
      const requests = upstream.requests.length;
      upstream.handle(async (exchange) => {
        for (const [index, content] of words.entries()) {
          await wanted[index].promise;
          await exchange.event(chunk({ content }));
        }
        await exchange.event(chunk({}, 'stop'));
        await exchange.event({ data: '[DONE]' });
        await exchange.end();
      });
      await send('Count.');
      for (let point = 0; point < words.length; point++) {
        await page.reload();
        await show();
        wanted[point].resolve();
        await shows(words.slice(0, point + 1).join(''));
      }
      await is('ready');
      assert.equal(upstream.requests.length, requests + 1);
    });

    test('stop() reaches the model, and keeps what came', async (t) => {
      const { page, asked, send, shows, messages } = await visit(t);
      const { say } = model((exchange) => exchange.stall());
      await send('Count.');
      say(0);
      await shows('one ');
      await page.evaluate(() => window.hook.stop());
      assert.deepEqual(await page.evaluate(() => [window.hook.status, window.finished]), [
        'ready',
        [['one ', true]],
      ]);
      assert.deepEqual(asked, ['POST /answers', 'DELETE /answers?id=']);
      assert.deepEqual((await messages()).at(-1), ['assistant', 'one ']);
      await until(() => upstream.open.length === 0, PATIENCE_MS, 'the model to be left');
    });

    test('a retry of the server is told, and a failure is an error with what came', async (t) => {
      const { page, send, is, messages } = await visit(t, {
        retry: { attempts: 1, baseDelay: 500 },
      });
      let turn = 0;
      upstream.handle(async (exchange) => {
        turn += 1;
        if (turn === 1) return exchange.status(503);
        await exchange.event(chunk({ content: 'half' }));
        return exchange.reset();
      });
      await send('Count.');
      await page.waitForFunction(() => window.hook.attempt === 1);
      await is('error');
      const { states, failed, code } = await page.evaluate(() => ({
        states: window.states,
        failed: window.failed,
        code: window.hook.error.code,
      }));
      assert.deepEqual(
        states.filter((one) => one !== 'streaming'),
        ['ready', 'submitted', 'reconnecting', 'error'],
      );
      assert.deepEqual(failed, [code]);
      assert.deepEqual((await messages()).at(-1), ['assistant', 'half']);
    });

    test('a route without a relay: an answer that breaks is an error, what is no answer, too', async (t) => {
      const { page, responses, show, send, shows, is } = await visit(t);
      await show({ api: '/plain' });
      const { say } = model();
      await send('Count.');
      say(0);
      await shows('one ');
      responses.at(-1).destroy();
      await is('error');
      assert.equal(await page.evaluate(() => window.hook.error.code), 'ERR_SSE_RESET');
      await show({ api: '/page' });
      await send('Count.');
      await page.waitForFunction(() => window.hook.error?.code === 'ERR_SSE_CONTENT_TYPE');
      await is('error');
    });

    test('a page that is left and comes back, in mid-answer, goes on', async (t) => {
      const { page, send, say, shows, is, messages } = { ...(await visit(t)), ...model() };
      await send('Count.');
      say(0);
      await shows('one ');
      await page.goto(`${new URL(page.url()).origin}/page-other`);
      say(1);
      say(2);
      await page.goBack({ waitUntil: 'commit' });
      await is('ready');
      assert.deepEqual(await messages(), WHOLE);
    });
  });
}
