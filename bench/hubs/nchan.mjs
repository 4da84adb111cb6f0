// nginx with nchan, of Debian (libnginx-mod-nchan): one worker, which has a core of its own, while what publishes
// shares that of the clients.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { output } from '../../scripts/process.mjs';
import { move } from '../cores.mjs';

const require = createRequire(import.meta.url);
const { debianFile, debianProgram } = require('../../__test__/support/debian.js');
const { freePort } = require('../../__test__/support/free-port.js');

const PACKAGE = 'libnginx-mod-nchan';
/** Where Debian has it. */
const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** nginx has this folder from its installation, and cannot do without where it was only unpacked. */
const STATE = '/var/lib/nginx';

/** nginx and its module, where they can be had. */
export function servers() {
  try {
    mkdirSync(STATE, { recursive: true });
  } catch {
    return undefined;
  }
  const module = debianFile(MODULE, PACKAGE);
  const nginx = module && debianProgram('nginx', PACKAGE);
  return nginx && { path: nginx.path, module: module.path, env: { ...nginx.env, ...module.env } };
}

/** Milliseconds between two looks at whether it listens. */
const LOOK = 20;

const configuration = (folder, port, module) => `
load_module ${module};
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 32768; }
http {
  access_log off;
  nchan_max_reserved_memory 256M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /events {
      nchan_subscriber eventsource;
      nchan_channel_id news;
      nchan_subscriber_first_message newest;
      nchan_eventsource_ping_interval 15;
    }
    location = /publish {
      nchan_publisher;
      nchan_channel_id news;
      nchan_message_buffer_length 1000;
      nchan_message_timeout 5m;
    }
  }
}
`;

/** @param {{ loadCores?: number[] }} task */
export async function start({ loadCores }) {
  const folder = mkdtempSync(join(tmpdir(), 'nchan-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  const found = servers();
  if (found === undefined) throw new Error(`nchan is missing: apt-get install nginx ${PACKAGE}`);
  writeFileSync(file, configuration(folder, port, found.module));
  const env = { ...process.env, ...found.env };
  const nginx = spawn(found.path, ['-p', folder, '-c', file], { stdio: 'inherit', env });
  process.on('exit', () => nginx.kill());
  nginx.on('exit', (code) => {
    console.error(`nginx ended with code ${code}; it says why above`);
    process.exit(1);
  });
  // One connection: what is published in turn arrives in turn.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const said = (method, body = '') =>
    new Promise((resolve, reject) => {
      const headers = { accept: 'text/json', 'content-length': Buffer.byteLength(body) };
      const request = http.request(
        { port, path: '/publish', method, agent, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          response.on('end', () => resolve(text));
        },
      );
      request.on('error', reject).end(body);
    });
  for (;;) {
    const text = await said('GET').catch(() => undefined);
    if (text !== undefined) break;
    await sleep(LOOK);
  }
  // Without a core of their own for the clients all share one.
  if (loadCores !== undefined) move(process.pid, loadCores);
  const worker = Number(output('pgrep', ['-P', `${nginx.pid}`]));
  return {
    port,
    pid: worker,
    clients: async () => subscribersIn(await said('GET')),
    publish: (data) => said('POST', data),
  };
}

/** Of a channel that nobody has asked for there is nothing to tell. */
const subscribersIn = (text) => (text.startsWith('{') ? JSON.parse(text).subscribers : 0);
