// The server of the benchmark, in its own process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fail, root, run } from '../scripts/process.mjs';

const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target', 'bench');

/** For a crate of the benchmark: none of them is part of the package. */
export function cargoOptions(crate) {
  return ['--manifest-path', join(root, 'bench', crate, 'Cargo.toml'), '--target-dir', target];
}

/**
 * Builds and starts it; it ends with this process.
 *
 * @returns {Promise<{ port: number, pid: number, stop: () => void }>}
 */
export async function startServer() {
  const built = ['build', '--release', '--locked', '--quiet', ...cargoOptions('server')];
  if (!run('cargo', built))
    fail('building the server of the benchmark failed; the reason is above');
  const program = join(target, 'release', 'bench-server');
  const server = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  return { port: Number(line), pid: server.pid, stop: () => server.stdin.end() };
}
