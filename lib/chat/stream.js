'use strict';

const { AnswerHandle, FORM } = require('./answer-handle.js');
const { Aside } = require('../stream/aside.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { ResilientStream, lifecycleOf, resilientKind } = require('../stream/resilient-stream.js');
const { nextTick } = require('../core/scheduling.js');
const { callListeners } = require('../stream/watched-emitter.js');

const normalizing = lazy(() => require('./options.js'));
const deltas = lazy(() => require('./delta.js'));
const errors = lazy(() => require('./errors.js'));
const checks = lazy(() => require('../options/checks.js'));
const closing = lazy(() => require('../stream/closing-iterator.js'));
const lastWords = lazy(() => require('../server/error-chunk.js'));
const watching = lazy(() => require('./snapshot-watch.js'));
const noticing = lazy(() => require('../server/notices.js'));
const warnings = lazy(() => require('../stream/warnings.js'));

/**
 * @typedef {import('../../index.js').ChatAnswer} ChatAnswer
 * @typedef {import('../../index.js').ChatDelta} ChatDelta
 * @typedef {import('../stream/promises.js').Outcome} Outcome
 */

/** Listeners that want the answer piece by piece; for others the core collects it. */
const PIECEWISE = ['delta', 'content', 'reasoning', 'reset'];

/** Listeners that are told what a complete answer is. */
const ENDINGS = ['toolCall', 'done'];

/** How often a snapshot is taken, in milliseconds: no person reads faster than that. */
const EVERY = 250;

/** The event of Chat Completions that is no chunk. */
const DONE = '[DONE]';

/** See `ChatStream` in index.d.ts. */
class ChatStream extends ResilientStream {
  /** @type {import('../core/stream-kind.js').StreamKind<ChatStream, ChatDelta>} */
  static #kind = resilientKind({
    piece: (stream, kind, choice, index, text) => {
      stream.#arrive(deltas().pieceOf(kind, choice, index, text));
    },
    delta: (stream, json) => stream.#arrive(deltas().parsedDelta(json)),
    bytes: (stream, bytes) => stream.#arrive(bytes),
    event: (stream, { data }) => stream.#lifecycle.flow.arrive(new Aside({ raw: data })),
    malformed: (stream, error) => stream.#lifecycle.emit('parseError', error),
    listen: (stream, names) => stream.#listen(names),
    deliver: (stream, item) => stream.#deliver(item),
    taken: (stream, item) => {
      if (typeof item === 'string') stream.#texted = true;
    },
    opened: (stream, opened) => stream.#lifecycle.emit('connected', opened),
    closing: (stream) => stream.#closing(),
    ending: (stream, outcome) => stream.#ending(outcome),
    // Half an answer must not look like a whole one.
    cut: ({ info }) => (info.reason === 'closed' ? errors().stopped() : undefined),
    lastWords: (error) => lastWords().errorChunk(error),
  });

  #lifecycle = lifecycleOf(this);
  #answer = new AnswerHandle(this.#lifecycle.handle);
  #requestId;
  /** @type {readonly Function[]} */
  #deltas = [];
  /** @type {readonly Function[]} */
  #contents = [];
  /** @type {readonly Function[]} */
  #reasonings = [];
  /** What crosses once it is wanted. It stays so: a listener that comes back hears nothing twice. */
  /** @type {number} */
  #form = FORM.none;
  /** What is wanted of it when the core has told everything already. */
  #owed = FORM.none;
  /** Text was taken as such. */
  #texted = false;
  /** @type {InstanceType<typeof import('./snapshot-watch.js').SnapshotWatch>[]} */
  #watches = [];
  /** @type {Outcome | undefined} */
  #outcome;

  /** @param {ReturnType<typeof import('./options.js').normalizeChat>} normalized */
  constructor(normalized) {
    super(normalized, ChatStream.#kind);
    this.#requestId = normalized.native.answer.requestId;
  }

  get requestId() {
    return this.#requestId;
  }

  get textStream() {
    return { [Symbol.asyncIterator]: () => this.#texts() };
  }

  text() {
    return handled(this.message().then(({ content }) => content));
  }

  message() {
    return handled(this.#whole());
  }

  snapshot() {
    return this.#read().answer;
  }

  /**
   * @param {(answer: ChatAnswer) => void} listener
   * @param {{ every?: number }} [options]
   */
  onSnapshot(listener, options) {
    const check = checks();
    if (typeof listener !== 'function') throw check.wrong('listener', 'a function', listener);
    const { every = EVERY } = check.group(options, '', ['every']);
    const period = check.milliseconds(every, 'every', { above: 0 });
    const { SnapshotWatch } = watching();
    const watch = new SnapshotWatch(this, listener, () => this.#read());
    if (this.#outcome) {
      const tell = () => nextTick(() => watch.tell(this.snapshot()));
      this.#lifecycle.handle.runInAsyncScope(tell);
      return this;
    }
    this.#watches.push(watch);
    this.#lifecycle.want();
    watch.start(period, (delay, callback) => this.#lifecycle.handle.alarm(delay, callback));
    return this;
  }

  stop() {
    this.close();
  }

  #read() {
    const { revision, ...answer } = this.#answer.snapshot();
    return { revision, answer: /** @type {ChatAnswer} */ (answer) };
  }

  async #whole() {
    const { reason } = await this.closed;
    if (reason === 'terminal') return this.snapshot();
    throw errors().stopped();
  }

  /** The text as it comes, in place of the iterator. */
  #texts() {
    this.#texted = false;
    const next = this.#lifecycle.claim((delta) => this.#textOf(delta));
    return closing().closingIterator(next, () => this.close());
  }

  /**
   * @param {ChatDelta} delta
   * @returns {string | undefined}
   */
  #textOf(delta) {
    if (delta.type === 'content' && delta.choice === 0) return delta.text;
    if (delta.type !== 'reset') return undefined;
    const { flow } = this.#lifecycle;
    // What was not taken yet is as if it never came; what was cannot be taken back.
    if (!this.#texted) flow.clear();
    else flow.unclaim(errors().restarted());
    return undefined;
  }

  /** @param {(string | symbol)[]} names */
  #listen(names) {
    const { OF_ANSWERS, warnOfName } = warnings();
    for (const name of names) warnOfName('ChatStream', OF_ANSWERS, name);
    this.#deltas = this.rawListeners('delta');
    this.#contents = this.rawListeners('content');
    this.#reasonings = this.rawListeners('reasoning');
    const { flow, encodes } = this.#lifecycle;
    this.#answer.raw(names.includes('data'));
    const iterates = flow.claimed && !encodes;
    const piecewise = iterates || names.some((name) => PIECEWISE.includes(String(name)));
    this.#want((piecewise ? FORM.records : FORM.none) | (encodes ? FORM.bytes : FORM.none));
    // What is wanted no more is not held back either: the core has it.
    return true;
  }

  /** @param {number} form bits of `FORM` */
  #want(form) {
    const more = form & ~this.#form;
    const { flow } = this.#lifecycle;
    // After the end only an iterator still gets something.
    if (more === FORM.none || (this.#outcome && !flow.claimed)) return;
    this.#form |= more;
    if (this.#answer.form(this.#form)) return;
    this.#owed |= more;
    if (!this.#outcome) return;
    const { reason } = this.#outcome.info;
    if (reason === 'closed' || reason === 'aborted') return;
    for (const item of this.#owing()) flow.refill(item);
  }

  /** The core is over: what it would have handed over is asked for as a whole. */
  #closing() {
    for (const item of this.#owing()) this.#arrive(item);
  }

  /** @returns {(ChatDelta | Uint8Array)[]} */
  #owing() {
    const owed = this.#owed;
    this.#owed = FORM.none;
    const chunks = owed & FORM.bytes ? this.#answer.chunks() : undefined;
    return [
      ...(owed & FORM.records ? deltas().deltasOf(this.snapshot()) : []),
      // Where nothing came but a failure, a response can still have its status.
      ...(chunks?.length ? [chunks] : []),
    ];
  }

  /** @param {ChatDelta | Uint8Array} item */
  #arrive(item) {
    const { flow, encodes, notices } = this.#lifecycle;
    if (item instanceof Uint8Array) flow.arrive(notices ? noticing().markResets(item) : item);
    // Where a response is fed, deltas are but for listeners.
    else flow.arrive(encodes ? new Aside(item) : item);
  }

  /** @param {ChatDelta | InstanceType<typeof Aside<any>>} item */
  #deliver(item) {
    const { flow } = this.#lifecycle;
    /** @type {ChatDelta | { raw: string }} */
    const delta = item instanceof Aside ? item.item : item;
    if ('raw' in delta) {
      if (delta.raw === DONE) return;
      const chunk = deltas().parsedChunk(delta.raw);
      callListeners(this, 'data', this.rawListeners('data'), chunk, flow);
      return;
    }
    callListeners(this, 'delta', this.#deltas, delta, flow);
    if (delta.type === 'content') {
      if (delta.choice === 0) callListeners(this, 'content', this.#contents, delta.text, flow);
    } else if (delta.type === 'reasoning') {
      if (delta.choice === 0) callListeners(this, 'reasoning', this.#reasonings, delta.text, flow);
    } else if (delta.type === 'reset') {
      callListeners(this, 'reset', this.rawListeners('reset'), { attempt: delta.attempt }, flow);
    }
  }

  /** @param {Outcome} outcome */
  #ending(outcome) {
    this.#outcome = outcome;
    const { reason, error } = outcome.info;
    // Without a listener for it, it is not read.
    const told = this.#watches.length > 0 || ENDINGS.some((name) => this.listenerCount(name) > 0);
    if (error || told) this.#conclude(outcome.info, this.snapshot());
    if (reason !== 'terminal' && !error) this.#lifecycle.emit('stopped', undefined);
  }

  /** @type {(info: Outcome['info'], answer: ChatAnswer) => void} */
  #conclude({ reason, error }, answer) {
    if (error) errors().complete(error, answer, this.#requestId);
    for (const watch of this.#watches) watch.tell(answer);
    this.#watches = [];
    if (reason !== 'terminal') return;
    for (const call of answer.toolCalls) this.#lifecycle.emit('toolCall', call);
    this.#lifecycle.emit('done', answer);
  }
}

/**
 * A promise whose failure is told elsewhere, too: it need not be handled.
 *
 * @template T
 * @param {Promise<T>} promise
 */
function handled(promise) {
  promise.catch(() => {});
  return promise;
}

/**
 * See `chat` in index.d.ts.
 *
 * @param {unknown} options
 */
function chat(options) {
  return new ChatStream(normalizing().normalizeChat(options));
}

module.exports = { ...loadedClasses({ ChatStream }), chat };
