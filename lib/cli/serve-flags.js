'use strict';

const { FLAGS } = require('./flags.js');

/**
 * Every flag of `perennial-sse serve`, once.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, import('./flags.js').Flag>>>>}
 */
const SERVE_FLAGS = Object.freeze({
  Serving: {
    port: { short: 'p', value: 'N', help: 'where to listen; 0 for any that is free (3000)' },
    host: { value: 'ADDRESS', help: 'on which address; 0.0.0.0 for all (127.0.0.1)' },
    channel: {
      short: 'c',
      value: 'NAME',
      option: 'channels[0]',
      help: 'the channel of the lines (lines)',
    },
    redis: {
      value: 'URL',
      option: 'url',
      help: 'keep the lines in Redis, with those of other instances',
    },
  },
  Output: { quiet: { short: 'q', help: 'no status on standard error, only errors' } },
  Program: FLAGS.Program,
});

/** Every flag and its name. */
const ALL_SERVE_FLAGS = Object.values(SERVE_FLAGS).flatMap((group) => Object.entries(group));

module.exports = { ALL_SERVE_FLAGS, SERVE_FLAGS };
