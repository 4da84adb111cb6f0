'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { deferred, until } = require('../support/deadline.js');
const { launch, withoutPlaywright } = require('../support/playwright.js');
const { get, PATIENCE_MS } = require('../support/browser.js');

/** A chunk of the model's answer. */
const chunk = (delta, finish = null) => {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { data: JSON.stringify({ id: 'a', model: 'example', choices }) };
};

/**
 * The chat of the example, in chromium.
 *
 * @param {{ server: () => { url: string }, upstream: () => any }} given
 */
function chatting({ server, upstream }) {
  test('/assistant is rendered on the server, and opens nothing there', async () => {
    const calls = upstream().requests.length;
    const html = await (await get(`${server().url}/assistant`)).text();
    assert.match(html, /id="status">ready/);
    assert.match(html, /idle<!-- -->: <!-- -->no news/);
    assert.equal(upstream().requests.length, calls);
  });

  test('/assistant: a question, a reload in mid-answer, its end, and a stop', {
    skip: withoutPlaywright,
  }, async (t) => {
    const wanted = [deferred(), deferred()];
    upstream().handle(async (exchange) => {
      for (const [index, content] of ['half ', 'whole'].entries()) {
        await wanted[index].promise;
        await exchange.event(chunk({ content }));
      }
      await exchange.event(chunk({}, 'stop'));
      await exchange.event({ data: '[DONE]' });
      await exchange.end();
    });
    const browser = await launch();
    t.after(() => browser.close());
    const context = await browser.newContext();
    const page = await context.newPage();
    const shows = (selector, text) =>
      page.waitForFunction(
        ([where, what]) => document.querySelector(where)?.textContent.includes(what),
        [selector, text],
      );
    await page.goto(`${server().url}/assistant`);
    await shows('#headline', 'open');
    await page.fill('input[name=question]', 'Count.');
    await page.click('button[type=submit]');
    wanted[0].resolve();
    await shows('#messages', 'half ');
    await page.reload();
    await shows('#messages', 'half ');
    wanted[1].resolve();
    await shows('#messages', 'half whole');
    await shows('#status', 'ready');
    upstream().handle(async (exchange) => {
      await exchange.event(chunk({ content: 'endless' }));
      await exchange.stall();
    });
    await page.click('text=Regenerate');
    await shows('#messages', 'endless');
    await page.click('text=Stop');
    await shows('#status', 'ready');
    await until(() => upstream().open.length === 0, PATIENCE_MS, 'the model to be left');
  });
}

module.exports = { chatting };
