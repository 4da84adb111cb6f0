'use strict';

const { headerRecord } = require('../core/http-values.js');
const { judge, request } = require('./attempt.js');
const { AttemptFailure, endedEarly, late, reset, threw } = require('./failures.js');
const { watchPage } = require('./page.js');
const { Reading } = require('./reading.js');
const { ended, forgiven, newHistory } = require('./reconnect/history.js');
const { follow, nextStep } = require('./reconnect/next-step.js');
const { randomKey } = require('./request.js');
const { LONGEST } = require('./silence.js');
const { Statistics } = require('./statistics.js');

/**
 * @typedef {import('./attempt.js').Options} Options
 * @typedef {import('./reconnect/next-step.js').Ending} Ending
 * @typedef {'connecting' | 'open' | 'waiting' | 'parked' | 'closed'} State
 *
 * @typedef {object} Receiver what the engine tells of a stream
 * @property {(name: 'attempt' | 'open' | 'pause' | 'retry' | 'comment', value: any) => void} tell
 * @property {import('./reading.js').Reader['take']} take
 * @property {import('./reading.js').Reader['room']} room
 * @property {(end: { reason: string, error?: any }) => void} end called once, last of all
 */

/** One stream, from its first attempt to its end. Only the newest generation of anything is heard. */
class Engine {
  #options;
  #receiver;
  #reading;
  #generation = 0;
  /** @type {State} */
  #state = 'connecting';
  #history = newHistory();
  #key = randomKey();
  /** Ends the request of the present attempt. */
  /** @type {(failed?: InstanceType<typeof AttemptFailure>) => void} */
  #abort = () => {};
  /** @type {any} */
  #timer;
  /** @type {any} */
  #total;
  /** The wait under way was asked for by the server. */
  #obeys = false;
  /** A request that may not be sent twice was under way when the page was left. */
  #cut = false;
  #unwatch;
  /** Why the attempt before ended. */
  /** @type {any} */
  #error = null;
  #statistics = new Statistics();
  /** @type {number | null} */
  #delay = null;

  /**
   * @param {Options} options
   * @param {Receiver} receiver
   */
  constructor(options, receiver) {
    const { total } = options.timeouts;
    this.#options = options;
    this.#receiver = receiver;
    this.#reading = new Reading(options, {
      take: receiver.take,
      room: receiver.room,
      comment: (text) => receiver.tell('comment', text),
      progress: (progress) => {
        this.#history.progress = Math.max(this.#history.progress, progress);
      },
      retry: (delay) => {
        this.#history.told = Math.max(options.retryMin, Math.min(delay, options.retryMax));
      },
    });
    this.#unwatch = watchPage({
      wake: () => this.#wake(),
      park: () => this.#park(),
      unpark: () => this.#unpark(),
      pauseWhenHidden: options.pauseWhenHidden,
    });
    if (total !== null) {
      this.#total = setTimeout(() => this.#fail(late('total')), Math.min(total, LONGEST));
    }
    queueMicrotask(() => {
      if (this.#state === 'connecting' && this.#statistics.attempts === 0) this.#attempt();
    });
  }

  get state() {
    return this.#state;
  }

  get stats() {
    return this.#statistics.summary(this.#reading);
  }

  get retryState() {
    return { state: this.#state, attempt: this.#history.failures, delay: this.#delay };
  }

  resetRetries() {
    this.#history = forgiven(this.#history);
  }

  /** Drops the connection, or the wait for one, and connects at once. */
  reconnect() {
    if (this.#state === 'closed') return;
    // Without an ending nothing is decided.
    if (this.#history.connectedAt !== null) {
      this.#history = ended(this.#options.policy, this.#history, false, performance.now());
    }
    this.#attempt();
  }

  close() {
    this.#leave('closed');
    this.#unwatch();
    clearTimeout(this.#total);
  }

  /** @param {State} state */
  #leave(state) {
    this.#statistics.lost();
    this.#state = state;
    this.#generation += 1;
    this.#abort();
    this.#reading.stop();
    clearTimeout(this.#timer);
    this.#delay = null;
  }

  #wake() {
    if (this.#state === 'open') this.#reading.look();
    else if (this.#state === 'waiting' && !this.#obeys) this.#attempt();
  }

  #park() {
    if (this.#state === 'closed' || this.#state === 'parked') return;
    this.#cut = !this.#options.safe && this.#state !== 'waiting' && this.#statistics.attempts > 0;
    this.#leave('parked');
    this.#receiver.tell('pause', undefined);
  }

  #unpark() {
    if (this.#state !== 'parked') return;
    if (this.#cut)
      this.#after({ kind: 'lost' }, reset('the page was left, and its connection with it'));
    else this.reconnect();
  }

  async #attempt() {
    this.#leave('connecting');
    const generation = this.#generation;
    const current = () => generation === this.#generation;
    const { headers: patience } = this.#options.timeouts;
    const controller = new AbortController();
    const { signal } = controller;
    /** @type {InstanceType<typeof AttemptFailure> | undefined} */
    let failed;
    this.#abort = (why) => {
      failed ??= why;
      controller.abort();
    };
    this.#statistics.attempts += 1;
    const context = { attempt: this.#statistics.attempts, lastEventId: this.#reading.lastEventId };
    this.#receiver.tell('attempt', context);
    if (!current()) return;
    if (patience !== null) {
      const tooLate = () => this.#abort(new AttemptFailure(late('headers'), 'headers-timeout'));
      this.#timer = setTimeout(tooLate, Math.min(patience, LONGEST));
    }
    /** @type {Ending} */
    let ending = { kind: 'no-content' };
    let error = null;
    try {
      const asked = { ...context, error: this.#error };
      const response = await request(this.#options, asked, this.#key, signal);
      const streams = current() && (await judge(response, this.#options));
      clearTimeout(current() ? this.#timer : undefined);
      if (streams && current()) {
        this.#open(response);
        const body = /** @type {any} */ (response.body?.getReader());
        ending = await this.#reading.read(body, current, this.#abort);
      }
    } catch (thrown) {
      const broke = () => new AttemptFailure(reset('the connection broke off'), 'lost');
      const why = failed ?? (thrown instanceof AttemptFailure ? thrown : broke());
      if (why !== thrown) why.error.cause ??= thrown;
      ({ ending, error } = why);
    }
    if (current()) this.#after(ending, error);
  }

  /** @param {Response} response */
  #open({ status, headers, url }) {
    this.#state = 'open';
    this.#statistics.opened(url);
    this.#history.connectedAt = performance.now();
    this.#receiver.tell('open', { status, headers: headerRecord([...headers]), url });
  }

  /**
   * What follows an attempt that ended.
   *
   * @param {Ending} ending
   * @param {any} error
   */
  async #after(ending, error) {
    const { policy, safe, terminal, shouldRetry } = this.#options;
    const terminalDeclared = terminal !== undefined;
    this.#leave('waiting');
    const generation = this.#generation;
    if (error !== null) this.#describe(error);
    /** @type {import('./reconnect/next-step.js').Facts} */
    const facts = {
      history: this.#history,
      ending,
      request: { safe, delivered: this.#reading.events > 0, terminalDeclared },
      shouldRetry: shouldRetry === undefined ? 'absent' : 'unasked',
      now: performance.now(),
      chance: Math.random(),
    };
    let step = nextStep(policy, facts);
    if (step.do === 'ask-caller') {
      error ??= this.#describe(endedEarly(terminalDeclared));
      const { lastEventId } = this.#reading;
      const context = { attempt: this.#statistics.attempts, lastEventId, retry: step.retries };
      try {
        const said = await shouldRetry(error, context);
        facts.shouldRetry = said === undefined ? 'undecided' : said ? 'yes' : 'no';
      } catch (cause) {
        error = this.#describe(threw(cause));
        facts.ending = { kind: 'fatal' };
        facts.shouldRetry = 'absent';
      }
      if (generation !== this.#generation) return;
      step = nextStep(policy, facts);
    }
    if (step.do === 'close') this.#end({ reason: step.reason });
    else if (step.do === 'retry') this.#wait(facts, step, error);
    else this.#fail(error ?? endedEarly(terminalDeclared), step);
  }

  /**
   * @param {import('./reconnect/next-step.js').Facts} facts
   * @param {import('./reconnect/next-step.js').Step & { do: 'retry' }} step
   * @param {any} error
   */
  #wait(facts, step, error) {
    const { policy } = this.#options;
    const { attempt, delay, wait } = step;
    const generation = this.#generation;
    this.#history = follow(policy, facts, step);
    this.#error = error;
    this.#obeys = wait === 'retry-after';
    this.#delay = delay;
    const recovery = wait === 'recovery';
    const { attempts: maxAttempts } = policy;
    this.#receiver.tell('retry', { attempt, maxAttempts, delay, recovery, error });
    if (generation !== this.#generation) return;
    this.#timer = setTimeout(() => this.#attempt(), Math.min(delay, LONGEST));
  }

  /** @param {any} error */
  #describe(error) {
    return this.#statistics.failed(error, this.#options.url, this.#reading);
  }

  /**
   * @param {any} error
   * @param {any} [step]
   */
  #fail(error, step) {
    if (error.attempt === undefined) this.#describe(error);
    error.exhausted = step?.cause === 'exhausted';
    this.#end({ reason: 'error', error });
  }

  /** @param {{ reason: string, error?: any }} end */
  #end(end) {
    this.close();
    this.#receiver.end(end);
  }
}

module.exports = { Engine };
