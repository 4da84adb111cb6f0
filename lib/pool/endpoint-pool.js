'use strict';

const { AsyncResource } = require('node:async_hooks');
const { EventEmitter } = require('node:events');
const { inspect } = require('node:util');
const { SSEOptionError } = require('../core/errors.js');
const { lazy } = require('../core/lazy.js');
const { loadedClasses } = require('../core/lazy-class.js');
const { OVER } = require('../core/stream-kind.js');
const { callListeners, captureRejections } = require('../stream/watched-emitter.js');

const keys = lazy(() => require('../options/endpoint.js'));
const normalizing = lazy(() => require('./options.js'));
const checks = lazy(() => require('../options/checks.js'));
const inspecting = lazy(() => require('../core/inspection.js'));
const dispatching = lazy(() => require('../core/dispatcher.js'));

/**
 * @typedef {import('../options/endpoint.js').Endpoint} Endpoint
 */

/** A pool that is collected has no listeners left to tell of a change. */
const collected = new FinalizationRegistry((/** @type {number} */ number) => {
  dispatching().dispatcher.forget(number);
});

/**
 * The pool of the core.
 *
 * @type {(pool: EndpointPool) => import('../../binding.js').NativePool}
 */
let nativeOf;

/**
 * How the endpoints that continue a begun answer want it.
 *
 * @type {(pool: EndpointPool) => string[]}
 */
let prefillsOf;

/** See `EndpointPool` in index.d.ts. */
class EndpointPool extends EventEmitter {
  #native;
  /** How each endpoint that continues a begun answer wants it. */
  /** @type {Map<string, string>} */
  #prefills = new Map();

  /** @param {ReturnType<typeof import('./options.js').normalizePool>} normalized */
  constructor(normalized) {
    super();
    captureRejections(this);
    const { dispatcher } = dispatching();
    this.#native = dispatcher.pool(normalized);
    for (const endpoint of normalized.endpoints) this.#note(endpoint);
    const { id } = this.#native;
    // Only the streams that use it keep it: a pool by itself has nothing to tell.
    dispatcher.deliver(id, new WeakRef(this.#receiver));
    collected.register(this, id);
  }

  /** What the dispatcher hands its notices to. */
  #receiver = Object.assign(new AsyncResource('perennial-sse:pool'), {
    kind: OVER,
    stream: undefined,
    lastEventId: '',
    notice: (/** @type {string} */ json) => {
      const { type, ...change } = JSON.parse(json);
      callListeners(this, 'change', this.rawListeners('change'), change);
    },
  });

  static {
    nativeOf = (pool) => pool.#native;
    prefillsOf = (pool) => [...pool.#prefills.values()];
  }

  /** @param {Parameters<import('../core/inspection.js').Inspect>} how */
  [inspect.custom](...how) {
    const members = () => {
      /** @type {readonly import('../../index.js').EndpointState[]} */
      const endpoints = this.endpoints;
      return {
        endpoints: endpoints.map(({ name, breaker, keys, requests, failures, active }) => {
          return { name, breaker, keys: keys.length, requests, failures, active };
        }),
      };
    };
    return inspecting().inspection(this, members, how);
  }

  get endpoints() {
    return JSON.parse(this.#native.state());
  }

  /** @param {import('../../index.js').PoolEndpoint} endpoint */
  add(endpoint) {
    const member = normalizing().normalizeMember(endpoint, '');
    try {
      this.#native.add(JSON.stringify(member));
    } catch (cause) {
      throw new SSEOptionError('name is that of another endpoint; give each a name of its own', {
        cause,
      });
    }
    this.#note(member);
    return this;
  }

  /**
   * @param {string} name
   * @param {import('../../index.js').PoolUpdate} changes
   */
  update(name, changes) {
    const share = normalizing().normalizeShare(changes);
    this.#known(this.#native.update(checks().text(name, 'name'), JSON.stringify(share)));
    return this;
  }

  /** @param {string} name */
  remove(name) {
    this.#prefills.delete(checks().text(name, 'name'));
    return this.#native.remove(name);
  }

  /**
   * @param {string} name
   * @param {string} key
   */
  addKey(name, key) {
    const { hash, secret } = keys().normalizeKey(key, 'key');
    this.#known(this.#native.addKey(checks().text(name, 'name'), hash, secret));
    return this;
  }

  /**
   * @param {string} name
   * @param {string} key
   */
  removeKey(name, key) {
    checks().text(name, 'name');
    return hashes(key).some((hash) => this.#native.removeKey(name, hash));
  }

  /**
   * @param {string} name
   * @param {string} key
   * @param {string} successor
   */
  rotateKey(name, key, successor) {
    checks().text(name, 'name');
    const { hash: newHash, secret } = keys().normalizeKey(successor, 'successor');
    const rotated = hashes(key).some((hash) => {
      return this.#native.rotateKey(name, hash, newHash, secret);
    });
    if (!rotated)
      throw new SSEOptionError('key is none of that endpoint, or there is none of that name');
    return this;
  }

  /** @param {string} [name] */
  revive(name) {
    const revived = this.#native.revive(name === undefined ? null : checks().text(name, 'name'));
    if (name !== undefined) this.#known(revived);
    return this;
  }

  /** @param {Endpoint} endpoint */
  #note({ name, prefill }) {
    if (prefill) this.#prefills.set(name, prefill.style);
  }

  /** @param {boolean} known */
  #known(known) {
    // Not shown: a caller that swaps arguments has given the key.
    if (!known) throw new SSEOptionError('name is that of no endpoint; `endpoints` lists them');
  }
}

/**
 * What a key may be listed under: its hash, and itself, should it be one.
 *
 * @param {unknown} key
 */
function hashes(key) {
  const { hash, secret } = keys().normalizeKey(key, 'key');
  return [hash, secret];
}

/**
 * See `createPool` in index.d.ts.
 *
 * @param {unknown} endpoints
 * @param {unknown} [options]
 */
function createPool(endpoints, options) {
  return new EndpointPool(normalizing().normalizePool(endpoints, options));
}

module.exports = { ...loadedClasses({ EndpointPool }), createPool, nativeOf, prefillsOf };
