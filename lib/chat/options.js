'use strict';

const { chatBody } = require('./bodies/index.js');
const { KEY_HEADERS, normalizeProvider } = require('./providers.js');
const { normalizeParameters } = require('./parameters.js');
const { foreignPrefill, isOfFamily, normalizeResume, shapeOf } = require('./resume.js');
const { ENDPOINT_OPTIONS, normalizeEndpoint } = require('../options/endpoint.js');
const { SSEOptionError } = require('../core/errors.js');
const { hasControls, redactUrl } = require('../core/http-values.js');
const { lazy } = require('../core/lazy.js');
const check = require('../options/checks.js');
const { ANSWER, DEFAULTS } = require('../options/defaults.js');
const { checkCarriage, normalize } = require('../options/connect.js');
const { moment } = require('../options/moment.js');
const { namedRetry } = require('../options/retry-presets.js');
const { settingsOf } = require('../options/settings.js');
const { EndpointPool, prefillsOf } = require('../pool/endpoint-pool.js');
const { affinityPlace } = require('../pool/options.js');
const { wellFormedText } = require('../options/well-formed-text.js');

const crypto = lazy(() => require('node:crypto'));

/**
 * @typedef {import('../options/endpoint.js').Endpoint} Endpoint
 * @typedef {import('./providers.js').Family} Family
 *
 * @typedef {object} NativeAnswer what the core is told beside what it is told of any stream
 * @property {Family} family
 * @property {string} model
 * @property {string[]} resume
 * @property {string} requestId
 * @property {number | null} affinity
 * @property {number} choices
 * @property {boolean} plain whether a begun answer could be continued
 * @property {'fail' | 'skip'} malformed
 * @property {number} maxContent
 * @property {number} maxArguments
 * @property {Endpoint | null} endpoint
 */

/** Options that mean the same for every stream. */
const TRANSPORT = [
  ...['headers', 'signal', 'retry', 'shouldRetry', 'timeouts', ...settingsOf('chat')],
];
const OPTIONS = [
  ...['provider', ...ENDPOINT_OPTIONS, 'pool', 'affinity', 'model', 'messages', 'maxTokens'],
  ...['temperature', 'topP', 'stop', 'tools', 'toolChoice', 'body', 'resume', 'deadline'],
  ...['requestId', 'malformed', 'limits', ...TRANSPORT],
];

/** What makes no sense for an answer is no option. */
const RETRY = Object.keys(DEFAULTS.retry).filter((name) => !/^re(set|cover)After$/.test(name));
const TIMEOUTS = Object.keys(DEFAULTS.timeouts).filter((name) => name !== 'total');

/** What examples for other clients end in. */
const COMPLETE_URL = /\/(chat\/completions|responses|messages|api\/chat)\/?$/;

/** What the core sets. */
const OWN_HEADERS = { 'x-request-id': 'requestId', 'x-request-attempt': 'chat()' };

/**
 * Checks what `chat` was given, at once and completely. Throws `SSEOptionError`.
 *
 * @param {unknown} options
 * @returns {import('../options/connect.js').Normalized & { native: { answer: NativeAnswer } }}
 */
function normalizeChat(options) {
  // Not shown: it may well be the key.
  if (typeof options === 'string') {
    throw new SSEOptionError('options must be an object, got a string');
  }
  const given = check.group(options, '', OPTIONS);
  const api = normalizeProvider(given.provider);
  const { pool, endpoint } = normalizeSource(given, api);
  const parameters = normalizeParameters(given, api.family);
  const shape = shapeOf(parameters, api.family);
  const prefills = pool ? prefillsOf(pool) : endpoint?.prefill ? [endpoint.prefill.style] : [];
  const { family } = api;
  const resume = normalizeResume(given.resume, { family, parameters, shape, prefills });
  const limits = check.group(given.limits, 'limits', Object.keys(DEFAULTS.limits));
  const normalized = normalize({ target: null }, transport(given, parameters, api, resume), ANSWER);
  const { native } = normalized;
  checkCarriage(native.http2, native.proxy, endpoint?.baseUrl);
  const timeouts = { ...native.timeouts, total: moment(given.deadline, 'deadline') };
  checkHeaders(native.headers, given, endpoint, api.provider);
  /** @type {NativeAnswer} */
  const answer = {
    family,
    model: parameters.model,
    resume,
    requestId: normalizeRequestId(given.requestId),
    affinity: affinityPlace(given.affinity),
    choices: shape.choices,
    plain: !shape.tools && !shape.json && shape.choices === 1,
    malformed: normalizeMalformed(given.malformed),
    maxContent: bound(limits, 'content'),
    maxArguments: bound(limits, 'arguments'),
    endpoint,
  };
  const displayUrl = endpoint ? redactUrl(endpoint.baseUrl) : '';
  return { ...normalized, pool, displayUrl, native: { ...native, timeouts, answer } };
}

/**
 * Who is asked: a pool, or one endpoint.
 *
 * @param {Record<string, any>} given
 * @param {{ provider: string, family: Family }} api
 */
function normalizeSource(given, { provider, family }) {
  const { pool } = given;
  if (pool === undefined) {
    if (given.baseUrl === undefined) {
      throw new SSEOptionError("baseUrl is missing; give that of the provider's API, or a pool");
    }
    const endpoint = normalizeEndpoint(given);
    if (COMPLETE_URL.test(new URL(endpoint.baseUrl).pathname)) {
      throw new SSEOptionError(
        'baseUrl must be where the API begins, such as "https://api.example.com/v1": its path is appended',
      );
    }
    const style = endpoint.prefill?.style;
    if (style !== undefined && !isOfFamily(style, family)) throw foreignPrefill(family);
    if (provider === 'azure') endpoint.keyHeader ??= KEY_HEADERS.azure ?? null;
    return { pool: undefined, endpoint };
  }
  if (!(pool instanceof EndpointPool)) {
    throw check.wrong('pool', 'what createPool() returns', pool);
  }
  const other = ENDPOINT_OPTIONS.find((name) => given[name] !== undefined);
  if (other !== undefined) {
    throw new SSEOptionError(`pool and ${other} exclude each other: the endpoints say it`);
  }
  return { pool, endpoint: null };
}

/**
 * The request, as options of any stream.
 *
 * @param {Record<string, any>} given
 * @param {import('./parameters.js').ChatParameters} parameters
 * @param {{ provider: string, family: Family }} api
 * @param {readonly string[]} resume
 */
function transport(given, parameters, api, resume) {
  if (typeof given.headers === 'function') {
    throw check.wrong('headers', 'an object, a Headers or a list', given.headers);
  }
  check.group(given.timeouts, 'timeouts', TIMEOUTS);
  const { accept = [] } = given;
  // Ollama's own API is no event stream, but a line of JSON an event.
  const lines = api.family === 'ollama' && Array.isArray(accept);
  return {
    ...Object.fromEntries(TRANSPORT.map((name) => [name, given[name]])),
    retry: retryOf(given.retry),
    method: 'POST',
    body: chatBody(parameters, api, resume),
    accept: lines ? [...accept, 'application/x-ndjson'] : accept,
  };
}

/** @param {unknown} value */
function retryOf(value) {
  const retry = namedRetry(value);
  if (retry === value) return retry === false ? retry : check.group(retry, 'retry', RETRY);
  const members = Object.entries(/** @type {object} */ (retry));
  return Object.fromEntries(members.filter(([name]) => RETRY.includes(name)));
}

/**
 * @param {readonly (readonly [string, string])[]} headers
 * @param {Record<string, any>} given
 * @param {Endpoint | null} endpoint
 * @param {string} provider
 */
function checkHeaders(headers, given, endpoint, provider) {
  /** @type {Record<string, string>} */
  const taken = { ...OWN_HEADERS };
  if (endpoint && given.apiKey !== null) {
    taken[endpoint.keyHeader ?? KEY_HEADERS[provider] ?? 'authorization'] = 'apiKey';
  }
  for (const [name] of headers) {
    const owner = Object.hasOwn(taken, name) ? taken[name] : undefined;
    if (owner) throw new SSEOptionError(`headers must not set "${name}": ${owner} does`);
  }
}

/** @param {unknown} value */
function normalizeRequestId(value = crypto().randomUUID()) {
  const id = wellFormedText(check.text(value, 'requestId'), 'requestId').trim();
  if (id !== '' && !hasControls(id)) return id;
  throw new SSEOptionError('requestId must be neither empty nor hold control characters');
}

/**
 * @param {unknown} value
 * @returns {'fail' | 'skip'}
 */
function normalizeMalformed(value = 'fail') {
  if (value === 'fail' || value === 'skip') return value;
  throw check.wrong('malformed', '"fail" or "skip"', value);
}

/**
 * @param {Record<string, unknown>} limits
 * @param {'content' | 'arguments'} name
 */
function bound(limits, name) {
  const { [name]: value = DEFAULTS.limits[name] } = limits;
  return check.whole(value, `limits.${name}`, { least: 1, unit: 'bytes' });
}

module.exports = { normalizeChat };
