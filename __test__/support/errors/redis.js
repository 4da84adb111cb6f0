'use strict';

const { inspect } = require('node:util');
const { redisLog, redisStore } = require('../../../index.js');
const { freshRelay } = require('../relay.js');
const { REDIS, REDIS_LOG, REDIS_STORE } = require('../wrong-redis-options.js');
const { NO_SERVER, thrown } = require('./provoke.js');

const shown = (value) =>
  inspect(value, { depth: 5, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 });

/** A case for all options that are wrong. */
const each = (table, name, make) =>
  table.map(([options]) => ({
    title: `${name}(${shown(options)})`,
    provoke: () => thrown(() => make(options)),
  }));

/** A Redis that is not there, with a secret that must not be told. */
const NO_REDIS = { url: `redis://:hunter2@${NO_SERVER}`, timeouts: { connect: 300 } };

/** What can go wrong with Redis. */
module.exports = [
  {
    title: 'a store in a Redis that is not there',
    provoke: () =>
      redisStore(NO_REDIS)
        .get('a')
        .catch((error) => error),
  },
  {
    title: 'a run in a Redis that is not there',
    provoke: () =>
      freshRelay({ log: redisLog(NO_REDIS) })
        .run('a', async function* () {})
        .catch((error) => error),
  },
  ...each([...REDIS, ...REDIS_LOG], 'redisLog', redisLog),
  ...each(REDIS_STORE, 'redisStore', redisStore),
];
