#!/usr/bin/env bash
# fastify 5.12.8: a handler may return a `Response`, and GET sends it. The HEAD route that Fastify adds by itself
# (`exposeHeadRoutes`, on by default) answers 500 for the same handler.
#
# Good guess: HEAD has the status and headers of GET.
# Seen: GET 200 text/event-stream, HEAD 500.
set -euo pipefail
command -v node >/dev/null || { echo 'node is missing'; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund fastify@5.12.8
cat >head.mjs <<'JS'
import Fastify from 'fastify';

const app = Fastify();
app.get('/', () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('data: 1\n\n'));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
});
const address = await app.listen({ port: 0, host: '127.0.0.1' });
const seen = {};
for (const method of ['GET', 'HEAD']) {
  const response = await fetch(address, { method });
  await response.text();
  seen[method] = response.status;
}
console.log('status:', seen);
await app.close();
process.exit(seen.GET === 200 && seen.HEAD === 500 ? 0 : 1);
JS
timeout 60 node head.mjs
