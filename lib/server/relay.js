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
const questioning = lazy(() => require('./questions.js'));
const warnings = lazy(() => require('../stream/warnings.js'));
const sources = lazy(() => require('./run-source.js'));

/** See `Relay` in index.d.ts. */
class Relay {
  #native;
  #name;
  #heartbeat;
  #questions;

  /** @param {unknown} options */
  constructor(options) {
    const { native, heartbeat } = normalizing().normalizeRelay(options);
    this.#name = native.name;
    this.#heartbeat = heartbeat;
    if (native.log.redis === undefined) warnings().warnOfCluster();
    this.#native = openRelay(native);
    const questions = new (questioning().Questions)(this.#native, logFailure);
    this.#questions = questions;
    dispatching().dispatcher.deliver(this.#native.id, {
      kind: OVER,
      stream: undefined,
      lastEventId: '',
      notice: (json) => questions.reply(JSON.parse(json)),
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
    const { number } = await this.#questions.ask({ ask: 'run', ...asked });
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
    const { number, value: found } = await this.#questions.ask({ ask: 'resume', ...asked });
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
    const { value } = await this.#questions.ask({
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
    const { value } = await this.#questions.ask({
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
}

/** @param {string} message */
const logFailure = (message) => new SSERunError(message, { code: 'ERR_SSE_LOG' });

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
  return new Relay(options);
}

module.exports = { ...loadedClasses({ Relay }), createRelay };
