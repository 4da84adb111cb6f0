// `npm run bench [-- --quick] [-- --rows A,B] [-- --micro] [-- --floods]`: Perennial beside its peers, or
// with `--against BUILD` beside another build of itself.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, run, say } from '../scripts/process.mjs';
import { compare, refuseBuild } from './against.mjs';
import { ceiling } from './ceiling.mjs';
import { separate } from './cores.mjs';
import { floods } from './floods.mjs';
import { HUB_ROWS } from './hubs/rows.mjs';
import { measure } from './measurement.mjs';
import { plot } from './plot.mjs';
import { RELAY_ROWS } from './relays/rows.mjs';
import { evaluate } from './results.mjs';
import { ROWS } from './rows.mjs';
import { cargoOptions, startServer } from './server.mjs';
import { digits, floorTable, rowTable } from './table.mjs';

const FULL = { mode: 'full', repetitions: 7, warmup: 1000, measured: 5000 };
const QUICK = { mode: 'quick', repetitions: 3, warmup: 250, measured: 600 };

/** Works that a server could hold back. */
const FULL_SPEED = ['flood', 'answers'];

/** The packages that clients/ and hubs/ measure, by name. */
const PEERS = [
  'undici',
  'eventsource-parser',
  'eventsource',
  'eventsource-client',
  'openai',
  '@anthropic-ai/sdk',
  'ai',
  '@ai-sdk/openai-compatible',
  'better-sse',
  '@fastify/sse',
  'fastify',
  'hono',
  '@hono/node-server',
  'resumable-stream',
  'redis',
];

/** Rows that are asked for together, by one name. */
const GROUPS = { hubs: HUB_ROWS, relays: RELAY_ROWS };

const { rows: names, quick, micro, floods: beside, against } = options();
if (beside) process.exit((await floods()) ? 0 : 1);
if (micro) {
  const done = run('cargo', ['run', '--release', '--locked', '--quiet', ...cargoOptions('micro')]);
  process.exit(done ? 0 : 1);
}

const rows = askedRows();
if (against !== undefined) {
  if (quick) fail('--quick and --against exclude each other: two builds need all their pairs');
  const refused = refuseBuild(against);
  if (refused) fail(refused);
  const server = await startServer();
  const met = await compare(rows, against, server);
  server.stop();
  process.exit(met ? 0 : 1);
}

const effort = quick ? QUICK : FULL;
const server = await startServer();
const results = [];
for (const row of rows) {
  const alone = FULL_SPEED.includes(row.work) && (await ceiling(server.port, row.query));
  const result = evaluate(row, await measureRow(row));
  results.push(alone ? { ...result, ceiling: alone } : result);
  console.log(`\n${rowTable(result)}`);
  if (alone) console.log(`The server alone: ${digits(alone)} events/s.`);
  console.log();
}
server.stop();

console.log(floorTable(results));
if (names === undefined) save();

function options() {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: 'string' },
        against: { type: 'string' },
        quick: { type: 'boolean' },
        micro: { type: 'boolean' },
        floods: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    return fail(error.message);
  }
}

/** Those that `--rows` names, in the order of the table. */
function askedRows() {
  if (names === undefined) return ROWS.filter((row) => !((quick || against) && row.extra));
  const asked = names.split(',').flatMap((name) => {
    const group = GROUPS[name.trim()];
    return group === undefined ? name.trim() : group.map((row) => row.name);
  });
  const unknown = asked.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) {
    const known = [...ROWS.map((row) => row.name), ...Object.keys(GROUPS)];
    fail(`no row "${unknown}"; there are ${known.join(', ')}`);
  }
  return ROWS.filter((row) => asked.includes(row.name));
}

/** Clients take turns, in alternating order: what changes with time changes for all. */
async function measureRow(row) {
  const measurements = Object.fromEntries(row.clients.map((client) => [client, []]));
  const separation = row.apart ? separate(server.pid) : undefined;
  const turns = Math.ceil(effort.repetitions * (quick ? 1 : (row.times ?? 1)));
  for (let turn = 0; turn < turns; turn++) {
    say(`${row.name}: ${turn + 1} of ${turns}`);
    for (const client of turn % 2 === 0 ? row.clients : row.clients.toReversed()) {
      measurements[client].push(await measure(row, client, server, effort, { separation }));
    }
  }
  separation?.end();
  return measurements;
}

/** The results of a full run are committed; a quick one stays beside them. */
function save() {
  const file = join(root, 'bench', quick ? 'quick' : 'results');
  const report = { ...effort, machine: machine(), versions: versions(), rows: results };
  writeFileSync(`${file}.json`, `${JSON.stringify(report, significant, 2)}\n`);
  writeFileSync(`${file}.svg`, plot(results));
  say(`wrote ${file}.json and ${file}.svg`);
}

/** Four digits are more than the spread warrants. */
function significant(_, value) {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(4))
    : value;
}

function machine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model,
    cores: processors.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

function versions() {
  const installed = PEERS.map((name) => [name, version(join(root, 'node_modules', name))]);
  return { 'perennial-sse': version(root), ...Object.fromEntries(installed) };
}

function version(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}
