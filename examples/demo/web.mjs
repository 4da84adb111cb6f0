// `npm run demo -- --web`: a page that shows a server which does its worst, a stream that comes through, and its waits.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { build } from 'esbuild';

const TOTAL = 60;
/** A number every so often, in milliseconds. */
const PACE = 120;
const STREAM = { 'content-type': 'text/event-stream' };

/** After which numbers the server does what. */
const FAULTS = new Map([
  [8, ['resets the connection', (response) => response.socket.resetAndDestroy()]],
  [17, ['ends in the middle of an event', (response) => response.end('id: 18\ndata: 1')]],
  [
    26,
    [
      'ends, and answers 503 with Retry-After: 2',
      (response, state) => {
        state.refuses = true;
        response.end();
      },
    ],
  ],
  [38, ['closes in the middle of a chunk', (response) => response.socket.destroySoon()]],
  [49, ['is silent', () => {}]],
]);

const files = new URL('./web/', import.meta.url);
const { outputFiles } = await build({
  stdin: {
    contents: readFileSync(new URL('page.mjs', files), 'utf8'),
    resolveDir: import.meta.dirname,
  },
  ...{ bundle: true, write: false, format: 'esm', conditions: ['browser'], logLevel: 'error' },
});
const page = readFileSync(new URL('page.html', files));

/** Pages that watch the server. */
const watchers = new Set();
const state = { refuses: false, met: new Set() };

function tell(what) {
  for (const watcher of watchers) watcher.write(`data: ${what}\n\n`);
}

function speak(request, response) {
  const from = Number(request.headers['last-event-id'] ?? 0);
  if (from === 0) state.met.clear();
  if (state.refuses) {
    state.refuses = false;
    tell('answers 503 with Retry-After: 2');
    response.writeHead(503, { 'retry-after': '2' }).end();
    return;
  }
  tell(from === 0 ? 'begins' : `goes on after ${from}`);
  response.writeHead(200, STREAM);
  let number = from;
  const timer = setInterval(() => {
    number += 1;
    response.write(`id: ${number}\ndata: ${number}\n\n`);
    if (number === TOTAL) {
      tell('is done');
      response.end('event: done\ndata: \n\n');
      clearInterval(timer);
    }
    const [what, commit] = FAULTS.get(number) ?? [];
    if (what === undefined || state.met.has(number)) return;
    state.met.add(number);
    clearInterval(timer);
    tell(what);
    commit(response, state);
  }, PACE);
  response.once('close', () => clearInterval(timer));
}

const server = createServer((request, response) => {
  if (request.url === '/events') speak(request, response);
  else if (request.url === '/server') {
    response.writeHead(200, STREAM).flushHeaders();
    watchers.add(response);
    response.once('close', () => watchers.delete(response));
  } else if (request.url === '/page.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(outputFiles[0].text);
  } else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`open http://127.0.0.1:${server.address().port}/ in a browser; Ctrl+C ends`);
});
