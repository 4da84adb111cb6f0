'use strict';

const http = require('node:http');
const { createParser } = require('eventsource-parser');
const { createRelay, chat, memoryLog } = require('../../index.js');
const { PATIENCE_MS } = require('./client.js');
const { deferred, within } = require('./deadline.js');

let relays = 0;

/** A relay of its own: those of a process are told apart by their names. */
function freshRelay(options) {
  relays++;
  return createRelay({ name: `relay ${process.pid} ${relays}`, ...options });
}

/**
 * An application that relays answers, as the README has it: `GET /ID` runs or reads, `DELETE /ID` stops.
 *
 * @param {import('node:test').TestContext} t
 * @param {(id: string, context: { signal: AbortSignal }) => unknown} source
 * @param {object} [more]
 * @param {object} [more.relay] options
 * @param {'pipe' | 'response'} [more.output]
 * @param {object} [more.reading] options of the output
 */
async function startApp(t, source, { relay: options, output = 'pipe', reading } = {}) {
  const relay = freshRelay(options);
  const failures = [];
  const answer = async (request, response) => {
    const id = decodeURIComponent(new URL(request.url, 'http://app').pathname.slice(1));
    if (request.method === 'DELETE') {
      response.end(String(await relay.stop(id)));
      return;
    }
    const run = await relay.run(id, (context) => source(id, context));
    if (output === 'pipe') {
      await run.pipe(request, response, reading);
      return;
    }
    const url = `http://app${request.url}`;
    const { method, headers } = request;
    const web = await run.toResponse(new Request(url, { method, headers }), reading);
    response.writeHead(web.status, Object.fromEntries(web.headers));
    try {
      for await (const bytes of web.body ?? []) response.write(bytes);
      response.end();
    } catch {
      response.destroy();
    }
  };
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error) => {
      failures.push(error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { relay, failures, server, url: `http://127.0.0.1:${server.address().port}` };
}

/** What a response says as it comes, event by event, and how it ends. */
class Visit {
  /** @type {{ id?: string, event?: string, data: string }[]} */
  events = [];
  comments = [];
  text = '';
  /** The last id, as an EventSource would keep it, also of a block without data. */
  lastEventId = '';
  #request;
  #ended = deferred();
  #opened = deferred();
  #watchers = new Set();

  constructor(url, headers, method) {
    const parser = createParser({
      onEvent: (event) => this.events.push(event),
      onComment: (comment) => this.comments.push(comment),
    });
    this.#request = http.request(url, { method, headers, agent: false }, (response) => {
      this.response = response;
      this.#opened.resolve(response);
      response.setEncoding('utf8');
      response.on('data', (part) => {
        this.text += part;
        for (const [, id] of part.matchAll(/^id: (.*)$/gm)) this.lastEventId = id;
        parser.feed(part);
        for (const watch of this.#watchers) watch();
      });
      response.on('error', () => {});
      response.once('close', () => this.#ended.resolve());
    });
    this.#request.on('error', (error) => {
      this.#opened.reject(error);
      this.#ended.resolve();
    });
    this.#request.end();
  }

  /** The head of the response. */
  opened() {
    return within(this.#opened.promise, PATIENCE_MS, 'the head of the response');
  }

  /** The end of the response, however it comes; whether it was complete. */
  async ended() {
    await within(this.#ended.promise, 2 * PATIENCE_MS, 'the end of the response');
    return this.response?.complete === true;
  }

  /** Resolves once so many events came. */
  async heard(count) {
    const { promise, resolve } = deferred();
    const watch = () => {
      if (this.events.length >= count) resolve();
    };
    this.#watchers.add(watch);
    watch();
    await within(promise, PATIENCE_MS, `${count} events`);
    this.#watchers.delete(watch);
  }

  /** Resolves once the text is so long. */
  async read(length) {
    const { promise, resolve } = deferred();
    const watch = () => {
      if (this.text.length >= length) resolve();
    };
    this.#watchers.add(watch);
    watch();
    await within(promise, PATIENCE_MS, `${length} characters`);
    this.#watchers.delete(watch);
  }

  leave() {
    this.#request.destroy();
  }

  /** The visible text of the chunks so far. */
  get content() {
    return contentOf(this.events);
  }

  /** What the failure event says, if one came. */
  get failure() {
    const event = this.events.find(({ event }) => event === 'failure');
    return event && JSON.parse(event.data).error;
  }
}

/** @param {{ event?: string, data: string }[]} events */
function contentOf(events) {
  return events
    .filter(({ event, data }) => (event ?? 'message') === 'message' && data !== '[DONE]')
    .map(({ data }) => JSON.parse(data).choices[0]?.delta.content ?? '')
    .join('');
}

/** A visit that is over when the test is. */
function visit(t, url, { lastEventId, headers = {}, method = 'GET' } = {}) {
  const said = lastEventId === undefined ? headers : { ...headers, 'last-event-id': lastEventId };
  const visitor = new Visit(url, said, method);
  t.after(() => visitor.leave());
  return visitor;
}

/** The answer of a provider, as the source of a run. */
const answerOf = (provider, options) => () => chat({ ...provider.options(), ...options });

/** The events of a run, without their ids. */
async function eventsOf(run) {
  const events = [];
  const loop = async () => {
    for await (const { event, data } of run) events.push([event, data]);
  };
  await within(loop(), PATIENCE_MS, 'the run');
  return events;
}

module.exports = { answerOf, contentOf, eventsOf, freshRelay, memoryLog, startApp, visit };
