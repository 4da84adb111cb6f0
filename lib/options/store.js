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

/** What a store can do. */
const METHODS = ['get', 'set', 'setIfAbsent', 'take', 'replace', 'remove'];

/**
 * @param {unknown} store the option of a hub
 * @returns {import('../../index.js').Store | undefined}
 */
function normalizeStore(store) {
  if (store === undefined) return undefined;
  const given = /** @type {any} */ (store);
  if (METHODS.every((method) => typeof given?.[method] === 'function')) return given;
  throw check.wrong('store', 'what memoryStore() or redisStore() returns, or does the same', store);
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

/**
 * What is put into a store.
 *
 * @param {unknown} key
 * @param {unknown} value
 * @param {unknown} ttl
 */
const entryOf = (key, value, ttl) => ({
  key: normalizeKey(key),
  value: normalizeValue(value, 'value'),
  ttl: normalizeLifetime(ttl),
});

module.exports = {
  LONGEST,
  MEMORY_STORE,
  entryOf,
  normalizeKey,
  normalizeMemoryStore,
  normalizeStore,
  normalizeValue,
};
