// The programs of the benchmark in Rust: its server, and the clients of hubs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fail, root, run } from '../scripts/process.mjs';

const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target', 'bench');

/** For a crate of the benchmark: none of them is part of the package. */
export function cargoOptions(crate) {
  return ['--manifest-path', join(root, 'bench', crate, 'Cargo.toml'), '--target-dir', target];
}

/** Who signed its certificate. */
export const authority = join(root, '__test__', 'support', 'tls', 'ca.pem');

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {number} tlsPort speaks HTTP/2 to clients that offer it, otherwise HTTP/1.1
 * @property {number} pid
 * @property {() => void} stop
 */

/** Builds what is not as new as its source; the first time takes minutes on a busy machine. */
export function buildPrograms() {
  for (const crate of ['server', 'load']) {
    const built = ['build', '--release', '--locked', '--quiet', ...cargoOptions(crate)];
    if (!run('cargo', built)) fail(`building bench/${crate} failed; the reason is above`);
  }
}

/** The clients of a hub. */
export const loadProgram = join(target, 'release', 'bench-load');

/**
 * Builds and starts the server; it ends with this process.
 *
 * @returns {Promise<Server>}
 */
export async function startServer() {
  buildPrograms();
  const program = join(target, 'release', 'bench-server');
  const server = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  const [port, tlsPort] = String(line).split(' ').map(Number);
  return { port, tlsPort, pid: server.pid, stop: () => server.stdin.end() };
}
