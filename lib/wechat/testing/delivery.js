'use strict';

const { sleep } = require('../clock.js');

/** When WeChat cuts a callback that has no answer, in milliseconds. */
const CUT_MS = 5000;

/** How often it delivers a message that has none. */
const TRIES = 3;

/** What a try came to that was cut. */
const CUT = Symbol('cut');

/**
 * @typedef {(request: Request) => Promise<Response> | Response} Deliver
 */

/**
 * Where requests go: to a function, or to a server.
 *
 * @param {string | URL | Deliver} target
 * @returns {{ url: string, deliver: Deliver }}
 */
function targetOf(target) {
  if (typeof target === 'function') return { url: 'http://bot.example/callback', deliver: target };
  return { url: String(target), deliver: (request) => fetch(request) };
}

/**
 * Delivers a request as often as WeChat does.
 *
 * @param {import('../clock.js').Clock} clock
 * @param {Deliver} deliver
 * @param {() => { url: string, init: RequestInit }} make signs the request of each try
 * @returns {Promise<{ status: number, body: string, tries: number } | null>} `null` if no try had an answer in time
 */
async function deliverThrice(clock, deliver, make) {
  for (let tries = 1; tries <= TRIES; tries++) {
    const { url, init } = make();
    const controller = new AbortController();
    const answer = (async () => {
      try {
        const response = await deliver(new Request(url, { ...init, signal: controller.signal }));
        return { status: response.status, body: await response.text() };
      } catch (error) {
        return { status: 0, body: String(error) };
      }
    })();
    const started = clock.now();
    const got = await cutAfter(clock, CUT_MS, answer);
    controller.abort();
    if (got !== CUT && got.status === 200) return { ...got, tries };
    // The next try comes five seconds after this one, however early it failed.
    const left = started + CUT_MS - clock.now();
    if (tries < TRIES && left > 0) await sleep(clock, left);
  }
  return null;
}

/**
 * @template T
 * @param {import('../clock.js').Clock} clock
 * @param {number} ms
 * @param {Promise<T>} answer
 * @returns {Promise<T | typeof CUT>}
 */
function cutAfter(clock, ms, answer) {
  return new Promise((resolve) => {
    const forget = clock.after(ms, () => resolve(CUT));
    answer.then((value) => {
      forget();
      resolve(value);
    });
  });
}

module.exports = { deliverThrice, targetOf };
