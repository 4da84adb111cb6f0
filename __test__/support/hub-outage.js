'use strict';

const assert = require('node:assert/strict');
const visits = require('./hub-visits.js');
const { startInstances } = require('./instances.js');
const redis = require('./redis.js');

/** How long Redis may take: as little as a busy machine allows. */
const CONNECT_MS = 2000;
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** A client that has come in. */
const client = (t, instance, query = 'channel=news', lastEventId) =>
  visits.client(t, instance, query, lastEventId);

/** Events of others, and gaps, as a client was told them. */
const heard = (visitor) =>
  visitor.events.slice(1).map(({ event, data }) => {
    if (event !== 'gap') return data;
    const { channel, reason } = JSON.parse(data);
    return `${channel}: ${reason}`;
  });

/** Waits until a client has heard something. */
const hears = (visitor, data) => redis.asked(async () => heard(visitor).includes(data), data);

/** Waits until a hub says that Redis is away, or back. */
async function degraded(instance, away) {
  const states = [];
  await redis.asked(
    async () => {
      states.push(...(await instance.ask('told')));
      return states.at(-1)?.degraded === away;
    },
    away ? 'the outage' : 'the end of the outage',
  );
  for (const { degraded, reason } of states) {
    assert.equal(typeof reason, degraded ? 'string' : 'undefined');
  }
  return states;
}

/** Two instances on one Redis, a client at each. */
async function application(t, { args = DURABLE, log } = {}) {
  const server = await redis.startRedis(t, { args });
  const options = { log: { url: server.url, timeouts: { connect: CONNECT_MS }, ...log }, hub: {} };
  const instances = await startInstances(t, 2, options);
  const clients = await Promise.all(instances.map((instance) => client(t, instance)));
  return { server, options, instances, clients };
}

const say = (instance, data) => instance.hub('publish', 'news', { data });

module.exports = { CONNECT_MS, application, client, degraded, heard, hears, say };
