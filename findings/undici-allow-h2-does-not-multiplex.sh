#!/usr/bin/env bash
# undici 7.30.2: an `Agent` (or `Pool`) with `allowH2: true` puts one request at a time on each HTTP/2 connection and opens another
# connection for each request beside it; with `connections: 1` they wait for each other instead. `maxConcurrentStreams` (100 by
# default) does not change that. `pipelining`, which the documentation explains by HTTP/1.1's RFC 7230, does: with
# `pipelining: 100` the same requests share one connection.
#
# Good guess: concurrent requests to one origin are streams of one HTTP/2 connection, as `maxConcurrentStreams` suggests.
# Seen: for ten requests at a time, to a server that allows a hundred, ten connections; with `connections: 1` one, and never
# more than one request at a time; with `pipelining: 100` one, and ten at a time.
set -euo pipefail
command -v node >/dev/null || { echo 'node is missing'; exit 2; }
command -v openssl >/dev/null || { echo 'openssl is missing'; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund undici@7.30.2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
cat >multiplex.mjs <<'JS'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

const REQUESTS = 10;
const cert = readFileSync('cert.pem');
const settings = { maxConcurrentStreams: 100 };
const server = http2.createSecureServer({ key: readFileSync('key.pem'), cert, settings });
let connections = 0;
let open = 0;
let most = 0;
server.on('session', () => connections++);
server.on('stream', async (stream) => {
  most = Math.max(most, ++open);
  stream.respond({ ':status': 200 });
  await sleep(200);
  open--;
  stream.end('done');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `https://localhost:${server.address().port}`;

async function ask(dispatcher) {
  const { body } = await request(origin, { dispatcher });
  await body.text();
}

const seen = {};
for (const options of [{}, { maxConcurrentStreams: 100 }, { connections: 1 }, { pipelining: 100 }]) {
  const dispatcher = new Agent({ allowH2: true, connect: { ca: cert, family: 4 }, ...options });
  // The first request alone, so that there is a connection that is known to speak HTTP/2.
  connections = 0;
  await ask(dispatcher);
  most = 0;
  await Promise.all(Array.from({ length: REQUESTS }, () => ask(dispatcher)));
  seen[JSON.stringify(options)] = { connections, most };
  await dispatcher.destroy();
}
console.log(`${REQUESTS} requests at a time:`, seen);
server.close();
const found = Object.values(seen).map(({ connections, most }) => `${connections} ${most}`);
const expected = [`${REQUESTS} ${REQUESTS}`, `${REQUESTS} ${REQUESTS}`, '1 1', `1 ${REQUESTS}`];
process.exit(JSON.stringify(found) === JSON.stringify(expected) ? 0 : 1);
JS
timeout 60 node multiplex.mjs
