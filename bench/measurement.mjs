// One client or hub at one row, each time in a fresh process.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CHECKED_EVENTS } from './checksum.mjs';
import { onCores } from './cores.mjs';
import { authority } from './server.mjs';

const program = (child) => fileURLToPath(new URL(child, import.meta.url));

/** A proxy between client and server would be measured too. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)),
);

/** Longer than any work takes. */
const TIMEOUT_MS = 180_000;

/**
 * @typedef {object} Effort how long a work takes, in milliseconds
 * @property {number} warmup
 * @property {number} measured
 * @property {number} [compiling] longer than `warmup`, for works in which little happens; a second unless told
 */

/**
 * @param {import('./rows.mjs').Row} row
 * @param {string} client
 * @param {import('./server.mjs').Server} server
 * @param {Effort} effort
 * @param {object} [where]
 * @param {{ own?: number[], clients?: number[] }} [where.separation] the cores of the server and of the client;
 *   all unless told
 * @param {string} [where.build] the folder of the product; this one unless told
 * @returns {Promise<{ checksum: string, [measure: string]: any }>}
 */
export async function measure(row, client, server, effort, { separation, build } = {}) {
  const origin = row.tls ? ['https', server.tlsPort] : ['http', server.port];
  const base = `${origin[0]}://${row.host ?? '127.0.0.1'}:${origin[1]}/`;
  const task = {
    client,
    work: row.work,
    dialect: row.dialect,
    url: base + row.query,
    checkUrl: `${base}${row.checkQuery ?? row.query}&count=${CHECKED_EVENTS}`,
    streams: row.streams,
    tokens: row.tokens,
    joins: row.joins,
    ...row.hub,
    // The server has nothing to do beside a hub.
    loadCores: separation?.own,
    build,
    ...effort,
  };
  const cores = separation?.clients?.slice(0, row.hub && 1);
  const child = program(row.child ?? 'child.mjs');
  const node = [process.execPath, '--expose-gc', '--no-warnings', child, JSON.stringify(task)];
  const [first, ...args] = onCores(cores, node);
  const env = row.tls ? { ...environment, NODE_EXTRA_CA_CERTS: authority } : environment;
  const options = { env, timeout: TIMEOUT_MS, stdio: ['ignore', 'pipe', 'inherit'] };
  const measuring = spawn(first, args, options);
  let printed = '';
  measuring.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  const [code, signal] = await new Promise((resolve, reject) => {
    measuring.on('error', reject).on('close', (...how) => resolve(how));
  });
  if (code !== 0) throw new Error(`${client} failed at ${row.name}: ${signal ?? `exit ${code}`}`);
  return JSON.parse(printed);
}
