#!/usr/bin/env bash
# Vite 8.4.0: when the server behind `server.proxy` dies in the middle of a response, the browser is not told. Its
# connection stays open and silent, although the one between Vite and that server is reset.
#
# Good guess: a proxy whose upstream breaks off breaks off as well, so that an EventSource reconnects; to lose the dead
# server's connection is then all that restarting it costs during development.
# Seen: the client that asks directly hears of the end at once; the one behind Vite hears nothing for ten seconds.
set -euo pipefail
command -v npm >/dev/null || { echo 'npm is missing'; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund vite@8.4.0
cat >upstream.mjs <<'JS'
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: 1\n\n');
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
JS
cat >look.mjs <<'JS'
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'vite';

const upstream = fork('./upstream.mjs');
const [port] = await once(upstream, 'message');
const proxy = { '/events': `http://127.0.0.1:${port}` };
const vite = await createServer({
  configFile: false,
  logLevel: 'silent',
  server: { host: '127.0.0.1', port: 0, proxy },
});
await vite.listen();

/** Resolves once the first event came; `over` once the response ended or broke. */
async function open(port) {
  const [response] = await once(get({ host: '127.0.0.1', port, path: '/events' }), 'response');
  response.on('error', () => {});
  await once(response, 'data');
  return { over: new Promise((resolve) => response.once('close', () => resolve('told'))) };
}

const direct = await open(port);
const behind = await open(vite.httpServer.address().port);
upstream.kill('SIGKILL');
const said = (client) => Promise.race([client.over, sleep(10_000, 'nothing')]);
const seen = await Promise.all([said(direct), said(behind)]);
console.log(`directly: ${seen[0]}; behind Vite: ${seen[1]}`);
process.exit(seen.join() === 'told,nothing' ? 0 : 1);
JS
node look.mjs || { echo 'this has changed'; exit 1; }
