// `npm run upstream`: an event every second, numbered, so that a reader can go on where it left; and
// under /v1/chat/completions an answer, word by word.

import { createServer } from 'node:http';

const WORDS = 'Sixteen drops an hour, says the spring, and the river never runs dry.'.split(' ');

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const speak = request.url === '/v1/chat/completions' ? answer : count;
  const timer = speak(request, response);
  response.on('close', () => clearInterval(timer));
});

function count(request, response) {
  let id = Number(request.headers['last-event-id'] ?? 0);
  return setInterval(() => {
    id += 1;
    response.write(`id: ${id}\ndata: event ${id} at ${new Date().toISOString()}\n\n`);
  }, 1000);
}

function answer(_, response) {
  const words = WORDS.values();
  return setInterval(() => {
    const { value, done } = words.next();
    const delta = done ? {} : { content: `${value} ` };
    const choices = [{ index: 0, delta, finish_reason: done ? 'stop' : null }];
    response.write(`data: ${JSON.stringify({ id: 'answer', model: 'example', choices })}\n\n`);
    if (done) response.end('data: [DONE]\n\n');
  }, 100);
}

server.listen(4000, '127.0.0.1', () => console.log('upstream at http://127.0.0.1:4000'));
