'use strict';

const { inspect } = require('node:util');
const { redisLog, redisStore } = require('../../../index.js');
const { REDIS, REDIS_LOG, REDIS_STORE } = require('../wrong-redis-options.js');
const { thrown } = require('./provoke.js');

const shown = (value) =>
  inspect(value, { depth: 5, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 });

/** A case for all options that are wrong. */
const each = (table, name, make) =>
  table.map(([options]) => ({
    title: `${name}(${shown(options)})`,
    provoke: () => thrown(() => make(options)),
  }));

/** What can go wrong with Redis. */
module.exports = [
  ...each([...REDIS, ...REDIS_LOG], 'redisLog', redisLog),
  ...each(REDIS_STORE, 'redisStore', redisStore),
];
