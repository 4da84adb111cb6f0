'use strict';

const check = require('./checks.js');
const connection = require('./connection.js');
const groups = require('./groups.js');

const MIB = 1024 * 1024;

/**
 * An option that stands alone: the core is told it under its own name.
 *
 * @typedef {object} Setting
 * @property {unknown} usual what it is unless it is given, as a caller would write it
 * @property {(value: any, name: string, usual: any) => unknown} check gives what the core is told;
 *   throws what is wrong
 * @property {readonly ('chat' | 'EventSource')[]} of who takes it besides `connect`
 */

/** @satisfies {Readonly<Record<string, Setting>>} */
const SETTINGS = Object.freeze({
  accept: { usual: [], check: groups.normalizeAccept, of: ['chat'] },
  dedupe: { usual: false, check: check.flag, of: [] },
  incomplete: { usual: 'discard', check: incomplete, of: [] },
  // Images and tool results come as single events of some MiB.
  maxEventSize: { usual: 64 * MIB, check: eventSize, of: ['chat'] },
  // Enough for a busy turn of the event loop; beyond it TCP tells the server to wait.
  mailbox: {
    usual: { events: 8192, bytes: 8 * MIB },
    check: groups.normalizeMailbox,
    of: ['chat'],
  },
  // As many as fetch follows.
  maxRedirects: { usual: 20, check: redirects, of: ['chat'] },
  tls: { usual: {}, check: connection.normalizeTls, of: ['chat', 'EventSource'] },
  proxy: { usual: undefined, check: connection.normalizeProxy, of: ['chat', 'EventSource'] },
  http2: { usual: false, check: check.flag, of: ['chat'] },
});

/**
 * @param {unknown} value
 * @param {string} name
 */
function incomplete(value, name) {
  if (value === 'deliver' || value === 'discard') return value === 'deliver';
  throw check.wrong(name, '"discard" or "deliver"', value);
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function eventSize(value, name) {
  if (value === null) return null;
  return check.whole(value, name, { least: 1, unit: 'bytes', nullable: true });
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function redirects(value, name) {
  return check.whole(value, name, { least: 0, most: 100 });
}

/** @type {readonly [string, Setting][]} */
const entries = Object.entries(SETTINGS);

/**
 * The settings that a kind of stream takes.
 *
 * @param {'chat' | 'EventSource'} kind
 */
const settingsOf = (kind) =>
  entries.filter(([, { of }]) => of.includes(kind)).map(([name]) => name);

/** Checked once: of a thousand streams most leave these as they are. They must not be changed. */
const USUAL = Object.fromEntries(
  entries.map(([name, { usual, check }]) => [name, check(usual, name, usual)]),
);

/**
 * What the core is told of the settings.
 *
 * @param {Record<string, any>} options
 * @returns {{ [Name in keyof typeof SETTINGS]: any }}
 */
function normalizeSettings(options) {
  /** @type {any} */
  const told = { ...USUAL };
  for (const [name, { usual, check }] of entries) {
    if (options[name] !== undefined) told[name] = check(options[name], name, usual);
  }
  return told;
}

module.exports = { SETTINGS, normalizeSettings, settingsOf };
