'use strict';

// Two workers of a cluster make hubs and relays, in memory or in the Redis of `REDIS_URL`; each says which warnings it was
// given.

const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const { createHub } = require('../../../index.js');
  const said = { primary: [] };
  process.on('warning', ({ name }) => said.primary.push(name));
  createHub();
  let left = 2;
  for (let at = 0; at < 2; at++) {
    const worker = cluster.fork();
    worker.on('message', (warnings) => {
      said[worker.id] = warnings;
      worker.disconnect();
      left--;
      if (left === 0) console.log(JSON.stringify(said));
    });
  }
} else {
  const { createHub, createRelay, redisLog } = require('../../../index.js');
  const url = process.env.REDIS_URL;
  const options = url === undefined ? {} : { log: redisLog({ url }) };
  const warnings = [];
  process.on('warning', ({ name, code }) => warnings.push([name, code]));
  createHub(options);
  createHub({ name: 'another', ...options });
  createRelay(options);
  setImmediate(() => process.send(warnings));
}
