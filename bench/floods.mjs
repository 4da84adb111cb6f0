// How late an honest stream is beside each flood of a hostile server.

import delays from '../__test__/support/flood-delays.js';
import server from '../__test__/support/programs/flood-server.js';
import { say } from '../scripts/process.mjs';
import { table } from './table.mjs';

/** An event comes every 5 ms; the flood begins anew in each round. */
const EFFORT = { events: 80, rounds: 9 };
/**
 * Milliseconds by which the worst event of a round may be late. Not counted is for how long the threads
 * that read waited for a core, which on a machine with nothing else to do they hardly ever do; and it
 * is the round in the middle that is judged: what the flood causes comes again in every round.
 */
const MOST = 10;

const HEAD = [
  'flood',
  'sent, MiB',
  'delay: median, ms',
  '99 %',
  'worst',
  'of a round',
  'without waits for a core: 99 %',
  'worst',
  'of a round',
  'node:http: median',
  '99 %',
  'worst',
  'of a round',
  '',
];

/**
 * Measures beside every flood, prints a table, and says whether all are within the bound.
 *
 * @returns {Promise<boolean>}
 */
export async function floods() {
  const rows = [];
  for (const name of [undefined, ...server.FLOODS]) {
    say(name ?? 'no flood');
    const { own, control, busy, sent } = await delays.floodDelays(name, EFFORT);
    const met = busy.usual <= MOST;
    const figures = [
      sent / 2 ** 20,
      ...[own.median, own.most, own.worst, own.usual],
      ...[busy.most, busy.worst, busy.usual],
      ...[control.median, control.most, control.worst, control.usual],
    ];
    rows.push({
      met,
      cells: [name ?? 'none', ...figures.map((ms) => ms.toFixed(1)), met ? '✓' : '✗'],
    });
  }
  console.log(table([HEAD, ...rows.map(({ cells }) => cells)]));
  return rows.every(({ met }) => met);
}
