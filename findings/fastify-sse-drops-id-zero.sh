#!/usr/bin/env bash
# @fastify/sse 0.6.0 on fastify 5.12.8: a numeric `id: 0` is not sent, so that a client which loses its connection after event 0
# resumes from nothing; the string '0' and the number 1 are sent. And `data` that is a string is sent as JSON, in quotes.
#
# Good guess: an id of 0 is sent like any other, and a string is sent as it is.
# Seen: `data: "zero"` without an id line; then `id: 0` for the string; then `id: 1`.
set -euo pipefail
command -v node >/dev/null || { echo 'node is missing'; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund fastify@5.12.8 @fastify/sse@0.6.0
cat >ids.mjs <<'JS'
import Fastify from 'fastify';
import sse from '@fastify/sse';

const app = Fastify();
await app.register(sse);
app.get('/', { sse: true }, async (_request, reply) => {
  await reply.sse.send({ id: 0, data: 'zero' });
  await reply.sse.send({ id: '0', data: 'text' });
  await reply.sse.send({ id: 1, data: 'one' });
});
const address = await app.listen({ port: 0, host: '127.0.0.1' });
const response = await fetch(address, { headers: { accept: 'text/event-stream' } });
const body = await response.text();
console.log(body);
await app.close();
const expected = 'data: "zero"\n\nid: 0\ndata: "text"\n\nid: 1\ndata: "one"\n\n';
process.exit(body === expected ? 0 : 1);
JS
timeout 60 node ids.mjs
