'use strict';

/**
 * A provider in the dialect of Chat Completions that writes a piece of each answer twenty times a second. Says its address. What
 * goes wrong is told by the number of the question: nothing, a cut, silence, or a beginning that is late.
 */

const http = require('node:http');

const TICK_MS = 50;

const chunk = (delta, reason = null) =>
  `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;

/** Answers on their way. */
const open = new Set();

setInterval(() => {
  for (const answer of open) {
    if (answer.response.destroyed) open.delete(answer);
    else answer.write();
  }
}, TICK_MS);

class Answer {
  #left;
  #fault;
  #rest;
  #words;

  constructor(response, question, attempt) {
    this.response = response;
    // "question 7 for 60 pieces": which one, and how long its answer is.
    const [number, count] = question.match(/\d+/g).map(Number);
    this.#fault = attempt === 1 ? ['cut', 'stall', 'late'][number % 10] : undefined;
    this.#words = count;
    this.#left = count;
    this.#rest = this.#fault === 'late' ? 40 : 0;
  }

  write() {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return;
    }
    const half = this.#left === Math.ceil(this.#words / 2);
    if (half && this.#fault === 'stall') return;
    if (half && this.#fault === 'cut') {
      open.delete(this);
      this.response.socket.resetAndDestroy();
      return;
    }
    if (this.#left > 0) {
      this.response.write(chunk({ content: `第${this.#words - this.#left}片。` }));
      this.#left -= 1;
      return;
    }
    open.delete(this);
    this.response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  }
}

const server = http.createServer(async (request, response) => {
  let json = '';
  for await (const part of request) json += part;
  const question = JSON.parse(json).messages.at(-1).content;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  open.add(new Answer(response, question, Number(request.headers['x-request-attempt'])));
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}/v1`));
