'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { name: PACKAGE } = require('../../package.json');
const { answerRoutes } = require('./answer-routes.js');
const { changeResponse, streamResponse } = require('./fetch-routes.js');
const { HubRoutes } = require('./hub-routes.js');
const { register } = require('./shutdown.js');

/**
 * @typedef {{ serverExternalPackages?: string[] }} NextConfig the part of it that matters here
 */

/**
 * Lets Next.js load this package from `node_modules` instead of bundling it: no bundler can take in
 * a native addon. For `output: 'standalone'` Next.js then traces what the package requires, the
 * addon of this platform with it.
 *
 * @param {any} [config] whatever next.config may export: an object, a promise of one, or a function
 * @returns {any} the same kind
 */
function withPerennial(config = {}) {
  if (typeof config === 'function') {
    return (/** @type {unknown[]} */ ...args) => extend(config(...args));
  }
  return extend(config);
}

/** @param {any} config */
function extend(config) {
  if (typeof config?.then === 'function') return config.then(extendObject);
  return extendObject(config);
}

/**
 * @param {NextConfig} config
 * @returns {NextConfig}
 */
function extendObject(config) {
  if (typeof config !== 'object' || config === null) {
    throw new SSEOptionError(
      'withPerennial() takes what next.config exports, an object or a function that gives one, ' +
        `got ${config === null ? 'null' : `a value of type ${typeof config}`}`,
    );
  }
  const { serverExternalPackages: others = [] } = config;
  if (!Array.isArray(others)) {
    throw new SSEOptionError('serverExternalPackages of next.config must be an array');
  }
  return { ...config, serverExternalPackages: [...new Set([...others, PACKAGE])] };
}

/**
 * See `hubRoutes` in next.d.ts.
 *
 * @param {import('../../index.js').Hub} hub
 * @param {any} authorize
 * @param {any} [options]
 */
function hubRoutes(hub, authorize, options) {
  const routes = new HubRoutes(hub, authorize, options);
  const stream = (/** @type {Request} */ request) => streamResponse(hub, routes, request);
  return {
    GET: stream,
    OPTIONS: stream,
    subscribe: (/** @type {Request} */ request) => changeResponse(routes, 'subscribe', request),
    unsubscribe: (/** @type {Request} */ request) => changeResponse(routes, 'unsubscribe', request),
  };
}

module.exports = { answerRoutes, hubRoutes, register, withPerennial };
