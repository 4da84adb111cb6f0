'use strict';

const check = require('./checks.js');
const { defined } = require('./defined.js');
const { identifier } = require('./identifier.js');
const { wellFormedText } = require('./well-formed-text.js');

const MIB = 1024 * 1024;

/** What a store in memory keeps, over all keys. */
const MEMORY_STORE = Object.freeze({ maxEntries: 100_000, maxBytes: 64 * MIB });

const OPTIONS = [...Object.keys(MEMORY_STORE), 'name'];

/** The longest value, in UTF-8: a store is for small ones, wherever it is kept. */
const LONGEST = MIB;

/**
 * @param {unknown} given
 * @returns what the core is told; survives JSON, and is equal for equal options
 */
function normalizeMemoryStore(given) {
  /** @type {Record<string, any>} */
  const options = { ...MEMORY_STORE, ...defined(check.group(given, '', OPTIONS)) };
  return {
    name: options.name === undefined ? null : identifier(options.name, 'name'),
    maxEntries: check.whole(options.maxEntries, 'maxEntries', { least: 1 }),
    maxBytes: check.whole(options.maxBytes, 'maxBytes', { least: 1, unit: 'bytes' }),
  };
}

/** @param {unknown} key */
const normalizeKey = (key) => identifier(key, 'key');

/**
 * @param {unknown} value
 * @param {string} name
 */
function normalizeValue(value, name) {
  const text = wellFormedText(check.text(value, name), name);
  if (Buffer.byteLength(text) > LONGEST) {
    throw check.wrong(name, `at most ${LONGEST} bytes long`, text);
  }
  return text;
}

/**
 * @param {unknown} ttl
 * @returns {number | null} milliseconds; `null` for ever
 */
const normalizeLifetime = (ttl) => (ttl === undefined ? null : check.deadline(ttl, 'ttl'));

module.exports = {
  LONGEST,
  MEMORY_STORE,
  normalizeKey,
  normalizeLifetime,
  normalizeMemoryStore,
  normalizeValue,
};
