'use strict';

const { SSEOptionError, SSERunError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { OVER } = require('../core/stream-kind.js');
const { Run } = require('./run.js');

const diagnostics = lazy(() => require('../core/diagnostics.js'));
const dispatching = lazy(() => require('../core/dispatcher.js'));
const checks = lazy(() => require('../options/checks.js'));
const normalizing = lazy(() => require('../options/relay.js'));
const warnings = lazy(() => require('../stream/warnings.js'));
const sources = lazy(() => require('./run-source.js'));

/** See `Relay` in index.d.ts. */
class Relay {
  #native;
  #name;
  #heartbeat;
  /** Questions that the core has yet to reply to. */
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #questions = new Map();
  #asked = 0;

  /** @param {unknown} options */
  constructor(options) {
    const { native, heartbeat } = normalizing().normalizeRelay(options);
    this.#name = native.name;
    this.#heartbeat = heartbeat;
    this.#native = openRelay(native);
    dispatching().dispatcher.deliver(this.#native.id, {
      kind: OVER,
      stream: undefined,
      lastEventId: '',
      notice: (json) => this.#reply(JSON.parse(json)),
    });
  }

  get name() {
    return this.#name;
  }

  /**
   * @param {string} id
   * @param {(context: { signal: AbortSignal }) => unknown} source
   * @param {import('../../index.js').RunOptions} [options]
   */
  async run(id, source, options) {
    const asked = normalizing().normalizeRun(id, options);
    if (typeof source !== 'function') {
      throw checks().wrong(
        'source',
        'a function that makes the source: it is called only where this call produces the run',
        source,
      );
    }
    const { number } = await this.#ask({ ask: 'run', ...asked });
    const native = this.#native.take(number);
    const run = new Run(asked.id, native, this.#heartbeat);
    diagnostics().publishRun('run', this.#name, asked.id, () => ({ role: run.role }));
    if (run.role === 'producer') await this.#produce(run, native, source);
    return run;
  }

  /**
   * @param {string} id
   * @param {import('../../index.js').RunLookup} [options]
   */
  async resume(id, options) {
    const asked = normalizing().normalizeLookup(id, options);
    const { number, value: found } = await this.#ask({ ask: 'resume', ...asked });
    if (!found) return undefined;
    const run = new Run(asked.id, this.#native.take(number), this.#heartbeat);
    diagnostics().publishRun('run', this.#name, asked.id, () => ({ role: run.role }));
    return run;
  }

  /**
   * @param {string} id
   * @param {import('../../index.js').RunLookup} [options]
   * @returns {Promise<boolean>}
   */
  async stop(id, options) {
    const { value } = await this.#ask({
      ask: 'stop',
      ...normalizing().normalizeLookup(id, options),
    });
    return value;
  }

  /**
   * @param {string} id
   * @param {import('../../index.js').RunLookup} [options]
   */
  async status(id, options) {
    const { value } = await this.#ask({
      ask: 'status',
      ...normalizing().normalizeLookup(id, options),
    });
    return value ?? undefined;
  }

  stats() {
    return JSON.parse(this.#native.stats());
  }

  /**
   * @param {InstanceType<typeof Run>} run
   * @param {import('../../binding.js').NativeRun} native
   * @param {(context: { signal: AbortSignal }) => unknown} make
   */
  async #produce(run, native, make) {
    const producer = new (sources().RunProducer)(native);
    run.closed.then(({ status, error }) => {
      producer.end();
      diagnostics().publishRun('runEnd', this.#name, run.id, () => ({ status, error }));
    });
    try {
      run.source = producer.produce(await make({ signal: producer.signal }));
    } catch (error) {
      producer.fail(error);
      throw error;
    }
  }

  /**
   * @param {object} question
   * @returns {Promise<{ number: number, value: any }>}
   */
  #ask(question) {
    this.#asked = (this.#asked + 1) >>> 0;
    const number = this.#asked;
    this.#native.ask(number, JSON.stringify(question));
    dispatching().dispatcher.ref();
    return new Promise((resolve, reject) => {
      this.#questions.set(number, { resolve, reject });
    });
  }

  /** @param {{ number: number, value?: any, error?: string }} reply */
  #reply({ number, value, error }) {
    const question = this.#questions.get(number);
    if (question === undefined) return;
    this.#questions.delete(number);
    dispatching().dispatcher.unref();
    if (error !== undefined) question.reject(new SSERunError(error, { code: 'ERR_SSE_LOG' }));
    else question.resolve({ number, value });
  }
}

/** @param {object} options */
function openRelay(options) {
  try {
    return dispatching().dispatcher.relay(options);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SSEOptionError(message, { code: 'ERR_SSE_OPTION', cause });
  }
}

/**
 * See `createRelay` in index.d.ts.
 *
 * @param {unknown} [options]
 */
function createRelay(options) {
  warnings().warnOfCluster();
  return new Relay(options);
}

module.exports = { ...loadedClasses({ Relay }), createRelay };
