'use strict';

const { FLAGS } = require('./flags.js');

/**
 * @typedef {import('./flags.js').Flag} Flag
 */

const { header } = FLAGS.Request;
const { quiet } = FLAGS.Output;
const { cacert, insecure } = FLAGS.TLS;
const { 'connect-timeout': connectTimeout, 'idle-timeout': idleTimeout } = FLAGS.Ending;

/**
 * Every flag of `perennial-sse chat`, once.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, Flag>>>>}
 */
const CHAT_FLAGS = Object.freeze({
  Request: {
    'base-url': { value: 'URL', option: 'baseUrl', help: 'where the API begins, often …/v1' },
    model: { short: 'm', value: 'NAME', help: 'the name of the model' },
    provider: { short: 'p', value: 'NAME', help: 'whose API it is; openai unless told' },
    system: { short: 's', value: 'TEXT', help: 'what the model is told beforehand' },
    'max-tokens': { value: 'N', option: 'maxTokens', help: 'the most tokens to write' },
    header,
  },
  Key: {
    'key-env': { value: 'NAME', help: 'the environment variable with the key' },
    'no-key': { help: 'the server wants no key' },
  },
  Output: {
    quiet,
    verbose: { short: 'v', help: 'more status: thoughts, responses' },
  },
  Ending: {
    resume: {
      value: 'HOW',
      multiple: true,
      help: 'fail (default), restart, continue or server; repeatable',
    },
    prefill: { value: 'STYLE', help: 'how the server takes an answer that it is to continue' },
    timeout: {
      value: 'SECONDS',
      option: 'timeouts.total',
      help: 'fail after so long, retries included; 0 for never',
    },
    'connect-timeout': connectTimeout,
    'idle-timeout': idleTimeout,
    retries: { value: 'N', option: 'retry.attempts', help: 'retries for the whole answer (2)' },
    'no-retry': { help: 'never retry' },
  },
  // Without --key: a user who meant the key of the API would find it in an error.
  TLS: { cacert, insecure },
  Program: FLAGS.Program,
});

/** Every flag and its name. */
const ALL_CHAT_FLAGS = Object.values(CHAT_FLAGS).flatMap((group) => Object.entries(group));

module.exports = { ALL_CHAT_FLAGS, CHAT_FLAGS };
