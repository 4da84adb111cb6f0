// A provider of answers that says a few words and breaks off. It knows two dialects: Chat
// Completions, where a begun answer can be sent back to be continued, and Responses, whose server
// keeps an answer and gives the rest of it.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 35;

/** What it always says. */
export const ANSWER =
  'A perennial river keeps flowing through the dry season: 雨季も乾季も、 it is fed by what lies ' +
  'deeper than the weather, and so it reaches the sea. 🌊';

export class Provider {
  #http;
  #answers = new Map();

  /** Every request: its dialect, what it began with, and the text that was sent in return. */
  requests = [];

  get url() {
    return `http://127.0.0.1:${this.#http.address().port}/v1`;
  }

  async listen() {
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
  }

  close() {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #answer(request, response) {
    let json = '';
    for await (const part of request) json += part;
    const body = json === '' ? {} : JSON.parse(json);
    const seen = { method: request.method, begun: begunIn(body), sent: '' };
    this.requests.push(seen);
    const { pathname, searchParams } = new URL(request.url, this.url);
    const events = pathname.endsWith('/chat/completions')
      ? completions(seen.begun)
      : this.#kept(pathname, searchParams);
    // The first attempt of every answer gets no further than its middle.
    const end = request.headers['x-request-attempt'] === '1' ? events.length / 2 : events.length;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const { wire, text = '' } of events.slice(0, end)) {
      if (response.destroyed) return;
      response.write(wire);
      seen.sent += text;
      if (text) await sleep(PAUSE_MS);
    }
    if (end === events.length) response.end();
    else response.socket.end('40\r\ndata: {"choices":[{"delta":{"content":"lo');
  }

  /** The events of a new response, or of one that is known those that were not seen yet. */
  #kept(pathname, parameters) {
    const id = pathname.split('/responses/')[1];
    if (id) return this.#answers.get(id).slice(Number(parameters.get('starting_after')) + 1);
    const made = randomUUID();
    this.#answers.set(made, responses(made));
    return this.#answers.get(made);
  }
}

const begunIn = ({ messages = [] }) => {
  const last = messages.at(-1);
  return last?.role === 'assistant' ? last.content : '';
};

/** Words with the blank before them. */
const words = (text) => text.match(/\s*\S+/g) ?? [];

function completions(begun) {
  const id = randomUUID();
  const chunk = (delta, reason = null) => {
    const choices = [{ index: 0, delta, finish_reason: reason }];
    const value = { id, object: 'chat.completion.chunk', created: 1, model: 'demo', choices };
    return `data: ${JSON.stringify(value)}\n\n`;
  };
  return [
    { wire: chunk({ role: 'assistant', content: '' }) },
    ...words(ANSWER.slice(begun.length)).map((text) => ({ wire: chunk({ content: text }), text })),
    { wire: `${chunk({}, 'stop')}data: [DONE]\n\n` },
  ];
}

function responses(id) {
  const response = { id, object: 'response', model: 'demo', background: true };
  let number = 0;
  const event = (type, rest) => {
    const value = { type, sequence_number: number++, ...rest };
    return `event: ${type}\ndata: ${JSON.stringify(value)}\n\n`;
  };
  const at = { item_id: 'message', output_index: 0, content_index: 0 };
  return [
    { wire: event('response.created', { response: { ...response, status: 'queued' } }) },
    ...words(ANSWER).map((text) => ({
      wire: event('response.output_text.delta', { ...at, delta: text }),
      text,
    })),
    { wire: event('response.completed', { response: { ...response, status: 'completed' } }) },
  ];
}
