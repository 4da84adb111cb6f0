'use strict';

const { deferred } = require('./deferred.js');
const { SSEStateError } = require('../core/errors.js');

/**
 * @typedef {import('../../index.js').OpenInfo} OpenInfo
 * @typedef {import('../../index.js').CloseInfo} CloseInfo
 *
 * @typedef {object} Outcome how a stream ended, as promises and iterators tell it
 * @property {CloseInfo} info
 * @property {{ error: unknown } | undefined} rejection
 */

/** The promises `opened` and `closed` of a stream, made once they are asked for. */
class StreamPromises {
  /** @type {OpenInfo | undefined} */
  #response;
  /** @type {Outcome | undefined} */
  #outcome;
  /** @type {ReturnType<typeof deferred> | undefined} */
  #opened;
  /** @type {ReturnType<typeof deferred> | undefined} */
  #closed;

  /** Whether one that tells how the stream goes on was asked for. */
  get awaited() {
    return (
      this.#closed !== undefined || (this.#opened !== undefined && this.#response === undefined)
    );
  }

  get opened() {
    if (this.#opened === undefined) {
      this.#opened = deferred();
      if (this.#response) this.#opened.resolve(this.#response);
      else if (this.#outcome) this.#opened.reject(unopened(this.#outcome));
    }
    return this.#opened.promise;
  }

  get closed() {
    if (this.#closed === undefined) {
      this.#closed = deferred();
      if (this.#outcome) settle(this.#closed, this.#outcome);
    }
    return this.#closed.promise;
  }

  /** @param {OpenInfo} response */
  open(response) {
    this.#response = response;
    this.#opened?.resolve(response);
  }

  /** @param {Outcome} outcome */
  end(outcome) {
    this.#outcome = outcome;
    if (this.#opened && !this.#response) this.#opened.reject(unopened(outcome));
    if (this.#closed) settle(this.#closed, outcome);
  }
}

/** @param {Outcome} outcome of a stream that never opened */
function unopened({ rejection }) {
  if (rejection) return rejection.error;
  return new SSEStateError('the stream was closed before it opened', { code: 'ERR_SSE_CLOSED' });
}

/**
 * @param {ReturnType<typeof deferred>} promise
 * @param {Outcome} outcome
 */
function settle(promise, { info, rejection }) {
  if (rejection) promise.reject(rejection.error);
  else promise.resolve(info);
}

module.exports = { StreamPromises };
