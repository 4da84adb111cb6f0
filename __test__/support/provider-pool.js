'use strict';

const { createPool } = require('../../index.js');
const { ask } = require('./answers.js');
const { FAST } = require('./client.js');
const { startProvider } = require('./provider.js');

const MESSAGES = [{ role: 'user', content: 'Of what does a river sing?' }];

/** A short answer: these tests are about who gives it. */
const SHORT = { text: ['ri', 'ver'], usage: null };

/** A port that refuses, taken from a server that is gone. */
async function deadUrl(t) {
  const provider = await startProvider(t);
  await provider.server.refuse();
  return `${provider.url}/v1`;
}

/** Providers by name, each an endpoint of one pool. */
async function startPool(t, scripts, options) {
  const providers = {};
  const endpoints = [];
  for (const [name, { endpoint, ...script }] of Object.entries(scripts)) {
    providers[name] = await startProvider(t, { answer: SHORT, ...script });
    endpoints.push(endpointOf(name, providers[name], endpoint));
  }
  const pool = createPool(endpoints, options);
  const changes = [];
  pool.on('change', (change) => changes.push(change));
  return { pool, providers, changes };
}

const endpointOf = (name, provider, more) => ({
  name,
  baseUrl: `${provider.url}/v1`,
  apiKey: `sk-${name}-0123456789`,
  ...more,
});

/** An answer of a pool. */
const askPool = (t, pool, more) =>
  ask(t, { pool, model: 'm', messages: MESSAGES, retry: { ...FAST, attempts: 4 }, ...more });

/** Runs `count` tasks, `width` at a time. */
async function inParallel(count, width, task) {
  let next = 0;
  const worker = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

module.exports = { SHORT, askPool, deadUrl, endpointOf, inParallel, startPool };
