'use strict';

/**
 * @typedef {object} Flag
 * @property {string} [short]
 * @property {string} [value] what the help calls its value; without one it is a switch
 * @property {boolean} [multiple]
 * @property {string} [option] what the messages of the library call it
 * @property {string} help
 */

/**
 * Every flag, once: the parser, the help and the wording of errors are made from it.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, Flag>>>>}
 */
const FLAGS = Object.freeze({
  Request: {
    request: { short: 'X', value: 'METHOD', help: 'the method; POST with a body, else GET' },
    header: { short: 'H', value: "'NAME: VALUE'", multiple: true, help: 'a header; repeatable' },
    data: { short: 'd', value: 'TEXT', help: 'a body; @FILE from a file, - from standard input' },
    'json-body': { value: 'JSON', help: 'a JSON body; @FILE and - likewise' },
    'last-event-id': { value: 'ID', option: 'lastEventId', help: 'resume after this event' },
    accept: {
      value: 'TYPE',
      multiple: true,
      option: '`accept`',
      help: 'a further content type to take for a stream',
    },
  },
  Output: {
    output: { short: 'o', value: 'FORM', help: 'text (default), ndjson or raw' },
    event: { value: 'NAME', multiple: true, help: 'only events of this name; repeatable' },
    json: { value: '[PATH]', help: 'parse data as JSON; print all of it or what is at PATH' },
    join: { short: 'j', help: 'with --json: no line break after each value' },
    quiet: { short: 'q', help: 'no status on standard error, only the final error' },
    verbose: { short: 'v', help: 'more status: requests, responses, comments, totals' },
  },
  Ending: {
    terminal: { value: 'TEXT', multiple: true, help: 'the data that completes the stream' },
    'max-events': { value: 'N', help: 'stop after so many printed events' },
    timeout: {
      value: 'SECONDS',
      option: 'timeouts.total',
      help: 'fail after so long, retries included; 0 for never',
    },
    'connect-timeout': {
      value: 'SECONDS',
      option: 'timeouts.connect',
      help: 'for host name, TCP and TLS together (10)',
    },
    'idle-timeout': {
      value: 'SECONDS',
      option: 'timeouts.idle',
      help: 'a silence that means a lost connection (300)',
    },
    retries: {
      value: 'N',
      option: 'retry.attempts',
      help: 'retries in a row, also of the first connection',
    },
    'no-retry': { help: 'never retry; the end of the response is the end' },
  },
  TLS: {
    cacert: {
      value: 'FILE',
      option: 'tls.ca',
      help: 'PEM of further certificate authorities to trust',
    },
    cert: { value: 'FILE', option: 'tls.cert', help: 'PEM of your own certificate' },
    key: { value: 'FILE', option: 'tls.key', help: 'PEM of its key, not encrypted' },
    insecure: { short: 'k', help: 'accept any certificate: anybody may then read the stream' },
  },
  Program: {
    help: { short: 'h', help: 'show this' },
    version: { help: 'show the version' },
  },
});

/** Every flag and its name. */
const ALL_FLAGS = Object.values(FLAGS).flatMap((group) => Object.entries(group));

/**
 * A message of the library, with its options called as they are here.
 *
 * @param {string} message
 * @param {readonly [string, Flag][]} flags
 */
function inFlags(message, flags) {
  return flags.reduce(
    (text, [name, { option }]) => (option ? text.replaceAll(option, `--${name}`) : text),
    message,
  );
}

module.exports = { ALL_FLAGS, FLAGS, inFlags };
