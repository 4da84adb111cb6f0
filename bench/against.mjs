// Two builds of the product, measured in turns: a few per cent can be told although the machine's
// speed changes by more, because it changes for both measurements of a pair.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, say } from '../scripts/process.mjs';
import { separate } from './cores.mjs';
import { measure } from './measurement.mjs';
import { COMPARED } from './measures.mjs';
import { comparePairs, LEAST, verdictOn } from './pairs.mjs';
import { comparisonTable } from './table.mjs';

const PAIRS = 21;

/** Short, for many short pairs tell more than few long ones. */
const EFFORT = { warmup: 150, measured: 400 };

/**
 * Why a folder is no build that this one can be compared with, if it is none.
 *
 * @param {string} folder
 * @returns {string | undefined}
 */
export function refuseBuild(folder) {
  const wanted = `--against needs the folder of another built clone of perennial-sse, but ${folder}`;
  if (!existsSync(folder)) return `${wanted} does not exist`;
  if (nameOf(folder) !== 'perennial-sse') return `${wanted} holds no clone of it`;
  const entry = pathToFileURL(join(resolve(folder), 'index.mjs')).href;
  const script = `import(${JSON.stringify(entry)}).catch(({ message }) => {
    console.error(message);
    process.exit(1);
  })`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `${wanted} is not built; run \`npm run build\` there (${stderr.trim().split('\n')[0]})`;
}

function nameOf(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
  } catch {
    return undefined;
  }
}

/**
 * Measures all rows, prints what was found, and says whether this build is fast enough.
 *
 * @param {import('./rows.mjs').Row[]} asked
 * @param {string} folder of the other build
 * @param {import('./server.mjs').Server} server
 * @param {{ pairs?: number, effort?: import('./measurement.mjs').Effort }} [options] for tests
 * @returns {Promise<boolean>}
 */
export async function compare(asked, folder, server, { pairs = PAIRS, effort = EFFORT } = {}) {
  const rows = asked.filter(({ work }) => work in COMPARED);
  if (rows.length === 0) fail('none of these rows has a measure in which builds are compared');
  const pairsOf = ({ times = 1 }) => Math.ceil(times * pairs);
  const all = 2 * rows.reduce((sum, row) => sum + pairsOf(row), 0);
  say(`${all} measurements of about ${EACH_S} s: ${minutes(all * EACH_S)}`);

  const started = performance.now();
  const compared = [];
  for (const row of rows) {
    say(`${row.name}: ${pairsOf(row)} pairs`);
    const measured = await measurePairs(row, resolve(folder), server, pairsOf(row), effort);
    compared.push(...comparePairs(row, measured));
  }
  say(`took ${minutes((performance.now() - started) / 1e3)}`);
  return conclude(compared);
}

/** What one measurement takes at most, the start of its process included. */
const EACH_S = 1.4;

const minutes = (seconds) => `${(seconds / 60).toFixed(1)} minutes`;

/** Which build comes first alternates: what the first leaves behind meets both. */
async function measurePairs(row, folder, server, pairs, effort) {
  const builds = [
    ['own', undefined],
    ['other', folder],
  ];
  const separation = row.apart ? separate(server.pid) : undefined;
  const measured = [];
  for (let turn = 0; turn < pairs; turn++) {
    const pair = {};
    for (const [name, build] of turn % 2 === 0 ? builds : builds.toReversed()) {
      const where = { separation, build };
      pair[name] = await measure(row, row.clients[0], server, effort, where);
    }
    measured.push(pair);
  }
  separation?.end();
  return measured;
}

/** Prints the table and what follows from it. */
function conclude(compared) {
  const { slow, mean, met } = verdictOn(compared);
  console.log(`\n${comparisonTable(compared)}\n`);
  console.log(
    'Ratio: the median of the pairs; 1 is as fast as the other build, more is faster. Interval: where\n' +
      `the true median lies, as far as the pairs can tell. ${slow} below ${LEAST.measure}.\n` +
      `Geometric mean of the ratios: ${mean.toFixed(3)}, at least ${LEAST.mean} is wanted.`,
  );
  return met;
}
