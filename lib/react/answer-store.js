'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { connect } = require('../browser/event-stream.js');
const { randomKey } = require('../browser/request.js');
const { forget, recall, remember } = require('./answer-memory.js');
const { emptyAnswer, readEvent, truncated, withAnswer } = require('./answer-reader.js');
const { addressOf, common, given, questionOf } = require('./answer-request.js');
const { Flushing } = require('./flushing.js');

/**
 * @typedef {import('./answer-request.js').Message} Message
 * @typedef {'ready' | 'submitted' | 'streaming' | 'reconnecting' | 'error'} Status
 */

/** Servers that keep answers tell their id so. */
const ID_HEADER = 'x-answer-id';

/** A conversation, and the answer to its last question while that comes. */
class AnswerStore {
  /** The newest options, functions included. */
  /** @type {any} */
  options = {};
  /** @type {readonly Message[]} */
  #messages;
  /** @type {Status} */
  #status = 'ready';
  #attempt = 0;
  /** @type {any} */
  #error = null;
  #answer = emptyAnswer();
  /** The id of the answer that is under way, or was the last. */
  #id = '';
  /** The server keeps answers, so that one can be asked for again by its id. */
  #kept = false;
  #lastEventId = '';
  /** @type {any} */
  #stream;
  /** @type {(() => void) | undefined} */
  #listener;
  /** Looked for an answer that a page before this one asked for. */
  #looked = false;
  #flushing = new Flushing(() => this.#flush());
  #snapshot;

  /** @param {readonly Message[]} messages */
  constructor(messages) {
    this.#messages = messages;
    this.#snapshot = this.#take();
    this.serverSnapshot = this.#snapshot;
  }

  getSnapshot = () => this.#snapshot;

  getServerSnapshot = () => this.serverSnapshot;

  subscribe = (/** @type {() => void} */ listener) => {
    this.#listener = listener;
    queueMicrotask(() => {
      if (this.#listener === listener) this.#appear();
    });
    return () => {
      this.#listener = undefined;
      // A task later: what React takes away and puts back keeps its stream.
      setTimeout(() => {
        if (this.#listener === undefined) this.#disappear();
      });
    };
  };

  sendMessage = (/** @type {string | Partial<Message>} */ message) => {
    const given = typeof message === 'string' ? { content: message } : message;
    if (typeof given?.content !== 'string') {
      throw new SSEOptionError('sendMessage() takes a text, or a message with a text as content');
    }
    if (this.#stream !== undefined) this.stop();
    const id = given.id ?? randomKey();
    this.#messages = [...this.#messages, { role: 'user', ...given, id, content: given.content }];
    this.#ask(id);
  };

  regenerate = () => {
    const last = this.#messages.findLastIndex(({ role }) => role === 'user');
    if (last === -1) return;
    if (this.#stream !== undefined) this.stop();
    this.#messages = this.#messages.slice(0, last + 1);
    // Under the id of before it would be the answer of before.
    this.#ask(randomKey());
  };

  resumeStream = () => {
    const question = this.#messages.at(-1);
    if (this.#stream !== undefined) return;
    if (this.#id === '' && question?.role === 'user') this.#id = question.id;
    if (this.#id !== '') this.#resume('', false);
  };

  stop = () => {
    const id = this.#id;
    const kept = this.#kept;
    if (this.#stream === undefined) return Promise.resolve();
    this.#finish('ready', null, true);
    if (!kept) return Promise.resolve();
    const request = { method: 'DELETE', headers: given(this.options.headers), keepalive: true };
    return fetch(addressOf(this.options, id), request).then(
      () => {},
      () => {},
    );
  };

  clear = () => {
    this.stop();
    this.#messages = [];
    this.#answer = emptyAnswer();
    this.#finish('ready', null);
  };

  /** The component is on the page. */
  #appear() {
    const { resume = true } = this.options;
    // It was asked before: an effect of a component may come earlier than this.
    if (this.#stream !== undefined) this.#looked = true;
    if (this.#status !== 'ready' && this.#status !== 'error' && this.#stream === undefined) {
      // It was away for a while, as behind another tab of an application.
      this.#resume(this.#lastEventId, true);
      return;
    }
    if (!resume || this.#looked) return;
    this.#looked = true;
    const remembered = recall(this.#memory());
    if (remembered !== undefined) {
      const { id, messages } = remembered;
      if (messages.length > this.#messages.length) this.#messages = messages;
      this.#id = id;
      this.#resume('', false);
    } else if (this.#messages.at(-1)?.role === 'user') this.resumeStream();
  }

  #disappear() {
    this.#leave();
    this.#flushing.cancel();
  }

  #memory() {
    return `${this.options.api} ${this.options.id ?? ''}`;
  }

  /** @param {string} id of the answer */
  #ask(id) {
    this.#id = id;
    this.#kept = false;
    this.#lastEventId = '';
    this.#answer = emptyAnswer();
    const request = questionOf(this.options, id, this.#messages);
    remember(this.#memory(), { id, messages: this.#messages });
    this.#open('submitted', this.options.api, request);
  }

  /**
   * @param {string} lastEventId
   * @param {boolean} shown whether what came before it is on the page
   */
  #resume(lastEventId, shown) {
    if (!shown) this.#answer = emptyAnswer();
    const headers = given(this.options.headers);
    this.#open('reconnecting', addressOf(this.options, this.#id), { headers, lastEventId });
  }

  /**
   * @param {Status} status
   * @param {string} url
   * @param {any} request
   */
  #open(status, url, request) {
    const options = { ...common(this.options), ...request };
    this.#error = null;
    this.#attempt = 0;
    try {
      const stream = connect(url, options);
      this.#stream = stream;
      this.#listen(stream);
      this.#be(status);
    } catch (error) {
      this.#finish('error', error);
    }
  }

  /** @param {any} stream */
  #listen(stream) {
    /** @type {Record<string, (value: any) => void>} */
    const acts = {
      event: (event) => this.#hear(event),
      open: ({ headers }) => {
        if (headers[ID_HEADER] !== undefined) this.#kept = true;
      },
      retry: ({ attempt, error }) => {
        this.#attempt = attempt;
        this.#error = error;
        this.#be('reconnecting');
      },
      close: (info) => this.#closed(info),
    };
    for (const [name, act] of Object.entries(acts)) {
      stream.on(name, (/** @type {any} */ value) => {
        if (stream === this.#stream) act(value);
      });
    }
  }

  /** @param {import('../../index.js').ServerSentEvent} event */
  #hear(event) {
    const { throttle = 'frame' } = this.options;
    // Only a server that keeps the answer gives its events ids.
    if (event.id) {
      this.#kept = true;
      this.#lastEventId = event.id;
    }
    const { done, failure, retry } = readEvent(event, this.#answer);
    if (failure !== undefined) this.#finish('error', failure);
    else if (done) this.#finish('ready', null);
    else if (retry !== undefined) {
      this.#attempt = retry.attempt ?? this.#attempt + 1;
      this.#be('reconnecting');
    } else {
      this.#attempt = 0;
      this.#error = null;
      this.#status = 'streaming';
      this.#flushing.soon(throttle);
    }
  }

  /** @param {any} info */
  #closed({ reason, error }) {
    if (this.#status === 'ready' || this.#status === 'error') return;
    const broke = error?.code === 'ERR_SSE_RESET' || error?.code === 'ERR_SSE_TRUNCATED';
    const complete = error === undefined || error.code === 'ERR_SSE_TRUNCATED';
    if (this.#answer.finishReason !== null && complete) this.#finish('ready', null);
    else if (reason === 'no-content' && this.#answer.content === '') this.#finish('ready', null);
    else if (broke && this.#kept && this.options.retry !== false && this.#status !== 'submitted') {
      this.#attempt = 1;
      this.#resume(this.#lastEventId, true);
    } else this.#finish('error', error ?? truncated());
  }

  #leave() {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.close();
  }

  /** @param {Status} status */
  #be(status) {
    this.#status = status;
    this.#flushing.now();
  }

  /**
   * @param {'ready' | 'error'} status
   * @param {any} error
   * @param {boolean} [stopped] by the user
   */
  #finish(status, error, stopped = false) {
    this.#leave();
    forget(this.#memory());
    this.#flush();
    this.#messages = withAnswer(this.#messages, this.#answer, this.#id);
    this.#error = error;
    this.#attempt = 0;
    this.#be(status);
    const { onError, onFinish } = this.options;
    if (error !== null) onError?.(error);
    else if (this.#messages.at(-1)?.role === 'assistant') {
      const messages = this.#messages;
      const { finishReason, usage } = this.#answer;
      onFinish?.({ message: messages.at(-1), messages, finishReason, usage, stopped });
    }
  }

  #flush() {
    this.#snapshot = this.#take();
    this.#listener?.();
  }

  #take() {
    const { content: text, reasoning } = this.#answer;
    return Object.freeze({
      messages: withAnswer(this.#messages, this.#answer, this.#id),
      ...{ text, reasoning },
      status: this.#status,
      attempt: this.#attempt,
      error: this.#error,
    });
  }
}

module.exports = { AnswerStore };
