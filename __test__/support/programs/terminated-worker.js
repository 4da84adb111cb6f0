'use strict';

/**
 * A worker with a stream in every state, to be terminated. Tells its parent once events flow.
 */

const { parentPort, workerData } = require('node:worker_threads');
const { EventSource, connect } = require('../../../index.js');

const { url } = workerData;
const retry = { baseDelay: 50, jitter: 'none' };

connect(`${url}/silent`, { retry }).on('event', () => {});
connect(`${url}/refused`, { retry }).on('event', () => {});
connect(`${url}/flow`, { headers: () => new Promise(() => {}) }).on('event', () => {});
connect(`${url}/flow`).on('event', () => {});
connect(`${url}/flow`)
  .pause()
  .on('event', () => {});
new EventSource(`${url}/flow`).onmessage = () => {};
(async () => {
  let events = 0;
  for await (const _ of connect(`${url}/flow`)) {
    events += 1;
    if (events === 20) parentPort.postMessage('flowing');
  }
})();
