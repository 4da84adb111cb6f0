'use strict';

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { PATIENCE_MS } = require('./client.js');
const { within } = require('./deadline.js');
const { startFlood } = require('./programs/flood-server.js');
const { startSteady } = require('./programs/steady-server.js');

const READER = join(__dirname, 'programs', 'flood-reader.js');

/**
 * @typedef {{ median: number, most: number, worst: number, usual: number }} Spread of all rounds: the median,
 *   that of 99 %, the worst; `usual` is the worst of the round in the middle: what the flood itself
 *   causes comes again whenever it begins anew
 */

/**
 * How late the events of a steady stream come to a process that reads a flood beside it, in
 * milliseconds. Each server has a thread of its own, and the reader a process.
 *
 * @param {string} [name] of the flood; without one the delays are those of the machine
 * @param {{ events: number, rounds: number }} effort how many events are heard, and in how
 *   many rounds
 * @returns {Promise<{ own: Spread, control: Spread, busy: Spread, sent: number, states: string[] }>}
 *   `own` of the product, `control` of `node:http` in the same thread; `busy` is what of the product's
 *   remains without the time for which a thread that reads waited for a core, or the server took to send; the bytes that
 *   the flood `sent`, and the state in which the product left it each time
 */
async function floodDelays(name, { events, rounds }) {
  const steady = await startSteady();
  const flood = name === undefined ? undefined : await startFlood(name);
  const reader = fork(READER, [steady.url, flood?.url ?? '', events, rounds]);
  try {
    const told = within(once(reader, 'message'), 12 * PATIENCE_MS, `a reader beside ${name}`);
    const [{ delays, states }] = await told;
    if (flood) await within(flood.closed, PATIENCE_MS, 'the close');
    return {
      own: spread(delays, ([own]) => own),
      control: spread(delays, ([, control]) => control),
      busy: spread(delays, ([own, , waited]) => own - waited),
      sent: flood?.sent() ?? 0,
      states,
    };
  } finally {
    reader.kill();
    await Promise.all([steady.stop(), flood?.stop()]);
  }
}

function spread(rounds, of) {
  const sorted = rounds.map((delays) => delays.map(of).sort(ascending));
  const all = sorted.flat().sort(ascending);
  const worst = sorted.map((delays) => delays.at(-1)).sort(ascending);
  return { median: at(all, 0.5), most: at(all, 0.99), worst: at(all, 1), usual: at(worst, 0.5) };
}

const ascending = (a, b) => a - b;
const at = (sorted, part) => sorted[Math.floor((sorted.length - 1) * part)];

module.exports = { floodDelays };
