// What a way to show an answer costs a page: renders, how long a key waits, and time of the main thread.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from './server.mjs';

const require = createRequire(import.meta.url);
const { bundle } = require('../../__test__/support/bundle.js');
const { launch, startSite } = require('../../__test__/support/playwright.js');

/** `ai` in the version that `@ai-sdk/react` pins, which is not the one beside it. */
const AI = createRequire(require.resolve('@ai-sdk/react/package.json')).resolve('ai');

/** How often a key is pressed, in milliseconds. */
const EVERY = 50;

/** How long a page may take beyond the time of its stream before it is called too slow. */
const PATIENCE = 120_000;

/**
 * @param {readonly string[]} ways of page.jsx
 * @param {{ rate: number, seconds: number, child: number }} load `child`: how long a component takes to render, in ms
 * @returns {Promise<{ way: string, seconds: number, renders: number, frames: number, longestDelay: number,
 *   perToken: number, characters: number }[]>} times in milliseconds
 */
export async function measure(ways, load) {
  // Not imported: nothing of this package has side effects, and the page is one.
  const page = readFileSync(new URL('page.jsx', import.meta.url), 'utf8');
  const script = await bundle(page, {
    alias: { ai: AI },
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const site = await startSite(script, (request, response) => answer(request, response, load));
  const browser = await launch();
  try {
    const rows = [];
    for (const way of ways) rows.push(await measureOne(browser, site.url, way, load));
    return rows;
  } finally {
    await browser.close();
    site.close();
  }
}

async function measureOne(browser, url, way, { rate, seconds, child }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/page?way=${way}&child=${child}`);
  await page.waitForFunction(() => window.start !== undefined);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (wanted) => metrics.find(({ name }) => name === wanted).value * 1000;
    return { task: of('TaskDuration'), script: of('ScriptDuration') };
  };
  const before = await busy();
  const begun = performance.now();
  await page.evaluate(() => {
    window.frames = 0;
    window.start();
  });
  while (!(await page.evaluate(() => window.over)) && performance.now() - begun < PATIENCE) {
    await page.keyboard.press('a');
    await sleep(EVERY);
  }
  const took = performance.now() - begun;
  const after = await busy();
  const seen = await page.evaluate(() => ({
    renders: window.renders,
    frames: window.frames,
    longestDelay: Math.max(...window.delays),
    characters: window.text.length,
  }));
  await context.close();
  return {
    way,
    seconds: took / 1000,
    ...seen,
    perToken: (after.task - before.task) / (rate * seconds),
    script: (after.script - before.script) / (rate * seconds),
  };
}
