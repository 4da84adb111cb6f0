'use strict';

const { inspect } = require('node:util');
const { memoryStore } = require('../../../index.js');
const wrong = require('../wrong-store-options.js');
const { thrown } = require('./provoke.js');

const shown = (value) => inspect(value, { depth: 5, maxStringLength: 20 });

/** A case for every wrong value of an argument. */
const each = (values, name, call) =>
  values.map((value) => ({
    title: `${name}: ${shown(value)}`,
    provoke: () => call(memoryStore(), value).catch((error) => error),
  }));

/** A store that has no room for another value of three bytes. */
const full = (title, options) => ({
  title,
  async provoke() {
    const store = memoryStore(options);
    await store.set('a', 'xx');
    return store.set('b', 'xx').catch((error) => error);
  },
});

/** What can go wrong with a store. */
module.exports = [
  full('a store with as many values as it may have', { maxEntries: 1 }),
  full('a store with as many bytes as it may have', { maxBytes: 5 }),
  {
    title: 'a name with other options',
    provoke() {
      memoryStore({ name: 'taken' });
      return thrown(() => memoryStore({ name: 'taken', maxEntries: 1 }));
    },
  },
  ...wrong.STORE.map(([options]) => ({
    title: `memoryStore(${shown(options)})`,
    provoke: () => thrown(() => memoryStore(options)),
  })),
  ...each(wrong.KEYS, 'the key of get', (store, key) => store.get(key)),
  ...each(wrong.VALUES, 'the value of set', (store, value) => store.set('a', value)),
  ...each(wrong.VALUES, 'the old value of replace', (store, old) => store.replace('a', old, 'x')),
  ...each(wrong.LIFETIMES, 'the ttl of set', (store, ttl) => store.set('a', 'x', ttl)),
];
