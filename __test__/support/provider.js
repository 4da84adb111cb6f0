'use strict';

const { FAST } = require('./client.js');
const { startServer } = require('./fault-server.js');
const { answerOf, continued } = require('./provider-answer.js');
const { DIALECTS } = require('../../lib/testing/dialects/dialects.js');
const { placeOf, refuse, strike } = require('./provider-faults.js');

/** Where each family's API begins, and a name that chat() knows it by. */
const FAMILIES = {
  'chat-completions': { name: 'openai', base: '/v1' },
  responses: { name: 'responses', base: '/v1' },
  anthropic: { name: 'anthropic', base: '/v1' },
  gemini: { name: 'gemini', base: '/v1beta' },
  ollama: { name: 'ollama', base: '' },
};

const KEY_HEADERS = ['x-api-key', 'x-goog-api-key', 'api-key'];

const KEY = 'sk-test-0123456789abcdef';

/** The key that a request came with, wherever its family puts it. */
const keyOf = (headers) => {
  const [, token] = /^Bearer (.*)$/.exec(headers.authorization ?? '') ?? [];
  return token ?? KEY_HEADERS.map((name) => headers[name]).find((key) => key !== undefined) ?? null;
};

/** The text that the assistant has begun, if the conversation ends with it. */
const begunIn = (body) => {
  const last = body?.messages?.at(-1);
  if (last?.role !== 'assistant') return null;
  return typeof last.content === 'string' ? last.content : (last.content?.[0]?.text ?? '');
};

/**
 * A provider of LLM answers that follows a script and remembers what it was asked. It speaks every
 * family at once, told apart by the path.
 */
class Provider {
  /**
   * Every request in order of arrival: `{ method, path, query, headers, rawHeaders, body, key,
   * begun, at, connection, exchange, number }`; `body` is parsed, `number` counts from 1.
   */
  requests = [];
  #server;
  #script;
  #responses = new Map();

  constructor(script) {
    this.#script = { answer: {}, faults: [], echo: false, ...script };
  }

  async listen() {
    this.#server = await startServer((exchange) => this.#serve(exchange));
  }

  /** The fault server below: its connections, `refuse()`, `accept()`. */
  get server() {
    return this.#server;
  }

  get url() {
    return this.#server.url;
  }

  /** What the model says, whole. */
  get answer() {
    return answerOf(this.#script.answer);
  }

  /** The visible text of the answer. */
  get text() {
    return this.answer.text.join('');
  }

  /** Options of chat() for this provider. */
  options(family = 'chat-completions') {
    const { name, base } = FAMILIES[family];
    return {
      provider: name,
      baseUrl: `${this.url}${base}`,
      apiKey: KEY,
      model: 'test-model',
      messages: [{ role: 'user', content: 'Of what does a river sing?' }],
      retry: { ...FAST, attempts: 2 },
    };
  }

  /** Replaces parts of the script for the requests to come. */
  follow(script) {
    Object.assign(this.#script, script);
  }

  /** The frames of the whole answer, as the first request gets them. */
  frames(family = 'chat-completions') {
    return DIALECTS[family].frames({ ...this.#script, answer: this.#identified(1) });
  }

  /** The request at `index`, as soon as it is there. */
  async request(index) {
    await this.#server.request(index);
    return this.requests[index];
  }

  close() {
    return this.#server.close();
  }

  #identified(number) {
    const { answer } = this;
    return { ...answer, id: `${answer.id}-${number}` };
  }

  async #serve(exchange) {
    const request = this.#record(exchange);
    const { faults } = this.#script;
    const fault = typeof faults === 'function' ? await faults(request) : faults[request.number - 1];
    if (await refuse(exchange, fault)) return;
    const name = Object.keys(DIALECTS).find((key) => DIALECTS[key].path.test(request.path));
    if (name === undefined) return exchange.status(404, {}, 'no such path');
    const frames = this.#framesFor(name, request);
    if (frames.refused) return exchange.status(400, {}, JSON.stringify({ error: frames.refused }));
    const headers = {
      'content-type': DIALECTS[name].type,
      'x-request-id': `req-${request.number}`,
    };
    exchange.head(200, headers);
    const place = placeOf(fault, frames);
    const { before } = this.#script;
    for (const [index, { wire }] of frames.entries()) {
      if (index >= place) break;
      await before?.(index, request);
      await exchange.write(wire);
    }
    if (place !== Number.POSITIVE_INFINITY) {
      await strike(exchange, fault, { ndjson: name === 'ollama' });
    }
  }

  #record(exchange) {
    const { method, headers, rawHeaders, at, connection, path, body } = exchange.request;
    const url = new URL(path, this.url);
    const text = body.toString();
    const parsed = text === '' ? null : JSON.parse(text);
    const request = {
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      rawHeaders,
      body: parsed,
      key: keyOf(headers),
      begun: begunIn(parsed),
      at,
      connection,
      exchange,
      number: this.requests.length + 1,
    };
    this.requests.push(request);
    return request;
  }

  #framesFor(name, request) {
    const { method, body, begun, path, query, number } = request;
    const { frames } = DIALECTS[name];
    if (name === 'responses' && method === 'GET') {
      const known = this.#responses.get(path.split('/').at(-1));
      if (!known) return { refused: { message: 'no such response', code: 'not_found' } };
      if (query.stream !== 'true') return { refused: { message: 'not a stream' } };
      // Sequence numbers count from 0, as frames do.
      return this.#script.replays ? known : known.slice(Number(query.starting_after ?? -1) + 1);
    }
    let answer = this.#identified(number);
    if (begun !== null) {
      if (name === 'anthropic' && /\s$/.test(begun)) {
        return { refused: { message: 'final assistant content cannot end with whitespace' } };
      }
      answer = continued(answer, begun, this.#script.echo);
    }
    const background = body?.background === true;
    const all = frames({ ...this.#script, answer, background });
    if (background) this.#responses.set(answer.id, all);
    return all;
  }
}

/**
 * A provider that lives as long as the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} [script]
 * @param {Partial<import('./provider-answer.js').Answer>} [script.answer] what the model says
 * @param {(Fault | undefined)[] | ((request: object) => Fault | undefined)} [script.faults] what
 *   goes wrong: of each request in turn, or as a function of it
 * @param {boolean} [script.echo] whether an answer that is continued begins with what was begun
 * @param {boolean} [script.replays] whether a response is resumed from its beginning, wherever asked
 * @param {boolean} [script.continuous] whether every chunk has token counts
 * @param {(index: number, request: object) => unknown} [script.before] awaited before each event
 */
async function startProvider(t, script) {
  const provider = new Provider(script);
  await provider.listen();
  t.after(() => provider.close());
  return provider;
}

module.exports = { KEY, Provider, startProvider };
