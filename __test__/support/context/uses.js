'use strict';

const { setTimeout: sleep } = require('node:timers/promises');

/** How long a slow listener computes, in milliseconds: longer than a turn lasts. */
const SLOW_MS = 1.5;

/** Ways to use a stream in a request, each of which notes in whose context the caller's functions ran. */
class Uses {
  #storage;
  #with;
  /** @type {Record<string, number>} */
  #calls = {};
  #wrong = [];
  /** Called in a timer that no request has made. */
  #outside = new Set();
  #timer = setInterval(() => {
    for (const act of this.#outside) act();
  }, 3);

  constructor(storage, tools) {
    this.#storage = storage;
    this.#with = tools;
    process.on('uncaughtException', (error) => {
      if (error.request !== undefined) return this.#saw('uncaughtException', error.request);
      console.error(error);
      process.exit(1);
    });
  }

  names = [
    ...[
      'flowing',
      'paused',
      'slow',
      'throwing',
      'iterated',
      'both',
      'failing',
      'closed',
      'aborted',
    ],
    ...['source', 'answer', 'pool'],
  ];

  /** What the upstream server was asked: the credential must be that of the path. */
  asked(path, { authorization }) {
    const [, kind, id] = path.split('/');
    if (kind === 'chat') return;
    this.#note('request', id, authorization === `Bearer ${id}`, authorization);
  }

  report() {
    clearInterval(this.#timer);
    return { version: process.version, calls: this.#calls, wrong: this.#wrong };
  }

  run(use, id) {
    return this[`_${use}`](id);
  }

  #note(name, id, right, seen) {
    this.#calls[name] = (this.#calls[name] ?? 0) + 1;
    if (!right) this.#wrong.push(`${name} of ${id} saw ${seen}`);
  }

  /** Notes that a function of this request runs now. */
  #saw(name, id) {
    const seen = this.#storage.getStore()?.id;
    this.#note(name, id, seen === id, seen);
  }

  /** A function of this request that notes where it runs. */
  #watch(name, id, returned) {
    return (...args) => {
      this.#saw(name, id);
      return typeof returned === 'function' ? returned(...args) : returned;
    };
  }

  #connect(id, kind = 'events', more = {}) {
    const { connect, server } = this.#with;
    const url = `${server.url}/${kind}/${id}`;
    return connect(this.#watch('url', id, url), {
      headers: this.#watch('headers', id, async () => {
        // Also what the caller awaits on its way keeps the context.
        await sleep(1);
        return { authorization: `Bearer ${this.#storage.getStore()?.id}` };
      }),
      shouldRetry: this.#watch('shouldRetry', id, undefined),
      terminal: this.#watch('terminal', id, ({ data }) => data === 'end'),
      retry: { baseDelay: 5, maxDelay: 20 },
      ...more,
    });
  }

  #listen(
    stream,
    id,
    names = ['attempt', 'open', 'event', 'event:third', 'comment', 'retry', 'close', 'error'],
  ) {
    for (const name of names) {
      stream.on(
        name,
        this.#watch(name, id, () => {
          if (name !== 'event') return;
          process.nextTick(this.#watch('nextTick', id));
          queueMicrotask(this.#watch('microtask', id));
          setImmediate(this.#watch('setImmediate', id));
        }),
      );
    }
    return new Promise((resolve) => stream.once('close', resolve));
  }

  async _flowing(id) {
    const stream = this.#connect(id);
    stream.opened.then(this.#watch('opened.then', id));
    await this.#listen(stream, id);
    await stream.closed;
    this.#saw('after closed', id);
  }

  async _paused(id) {
    const stream = this.#connect(id);
    // Resumed by one who is not of this request.
    const toggle = () => (stream.isPaused() ? stream.resume() : stream.pause());
    this.#outside.add(toggle);
    await this.#listen(stream, id);
    this.#outside.delete(toggle);
  }

  async _slow(id) {
    const stream = this.#connect(id);
    stream.on('event', () => {
      const until = performance.now() + SLOW_MS;
      while (performance.now() < until);
    });
    await this.#listen(stream, id);
  }

  async _throwing(id) {
    const stream = this.#connect(id);
    stream.on('event:third', () => {
      throw Object.assign(new Error('a mistake of a listener'), { request: id });
    });
    await this.#listen(stream, id);
  }

  async _iterated(id) {
    let events = 0;
    for await (const _ of this.#connect(id)) {
      this.#saw('for await', id);
      if (++events % 5 === 0) await sleep(1);
    }
    this.#saw('after for await', id);
  }

  async _both(id) {
    const stream = this.#connect(id);
    const over = this.#listen(stream, id);
    // A consumer that iterates keeps its own context, also of a stream made in another.
    await this.#storage.run({ id: `reader of ${id}` }, async () => {
      for await (const _ of stream) this.#saw('another reads', `reader of ${id}`);
      this.#saw('another has read', `reader of ${id}`);
    });
    await over;
  }

  async _failing(id) {
    const stream = this.#connect(id, 'failing');
    await this.#listen(stream, id);
    await stream.closed.catch(this.#watch('closed.catch', id));
  }

  async _closed(id) {
    const stream = this.#connect(id);
    const over = this.#listen(stream, id);
    await stream.opened;
    const close = () => stream.close();
    this.#outside.add(close);
    await over;
    this.#outside.delete(close);
  }

  async _aborted(id) {
    const aborter = new AbortController();
    const stream = this.#connect(id, 'events', { signal: aborter.signal });
    const over = this.#listen(stream, id);
    await stream.opened;
    const abort = () => aborter.abort();
    this.#outside.add(abort);
    await over;
    this.#outside.delete(abort);
  }

  _source(id) {
    const { EventSource, server } = this.#with;
    const source = new EventSource(`${server.url}/events/${id}`, {
      headers: this.#watch('headers', id, () => ({
        authorization: `Bearer ${this.#storage.getStore()?.id}`,
      })),
    });
    source.onopen = this.#watch('onopen', id);
    source.onerror = this.#watch('onerror', id);
    source.addEventListener('third', this.#watch('listener', id));
    return new Promise((resolve) => {
      source.onmessage = this.#watch('onmessage', id, ({ data }) => {
        if (data !== 'end') return;
        source.close();
        resolve();
      });
    });
  }

  async _answer(id) {
    const { chat, server } = this.#with;
    const answer = chat({
      baseUrl: `${server.url}/chat/${id}`,
      model: 'm',
      messages: [{ role: 'user', content: id }],
      apiKey: null,
      shouldRetry: this.#watch('shouldRetry of an answer', id, undefined),
    });
    // The last comes at the end.
    answer.onSnapshot(this.#watch('onSnapshot', id), { every: 2 });
    const names = ['connected', 'open', 'delta', 'content', 'data', 'done', 'close'];
    await this.#listen(answer, id, names);
    await answer.text();
    this.#saw('after text', id);
    // One who comes late, from elsewhere.
    await new Promise((resolve) => {
      this.#storage.run({ id: 'late' }, () => {
        answer.onSnapshot(this.#watch('late onSnapshot', id, resolve));
      });
    });
  }

  async _pool(id) {
    const { chat, createPool, server } = this.#with;
    const url = (kind) => `${server.url}/${kind}/${id}`;
    const pool = createPool([
      { name: 'down', baseUrl: url('failing'), apiKey: id },
      { name: 'up', baseUrl: url('chat'), apiKey: null },
    ]);
    pool.on('change', this.#watch('change', id));
    // The answer belongs to another: what the pool tells belongs to the one who made the pool.
    await this.#storage.run({ id: `user of ${id}` }, async () => {
      const answer = chat({ pool, model: 'm', messages: [{ role: 'user', content: id }] });
      answer.on('content', this.#watch('content from a pool', `user of ${id}`));
      await answer.text();
      this.#saw('after text from a pool', `user of ${id}`);
    });
  }
}

module.exports = { Uses };
