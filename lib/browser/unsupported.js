'use strict';

const { missing, missingClass } = require('./missing.js');

/** Browsers bring the standard's own; what this package adds to it does not exist there. */
const EventSource = /** @type {any} */ (globalThis).EventSource ?? missingClass('EventSource');

module.exports = {
  ChatStream: missingClass('ChatStream'),
  Client: missingClass('Client'),
  EndpointPool: missingClass('EndpointPool'),
  EventSource,
  EventStream: missingClass('EventStream'),
  Hub: missingClass('Hub'),
  Relay: missingClass('Relay'),
  Run: missingClass('Run'),
  chat: missing('chat()'),
  connect: missing('connect()'),
  createHub: missing('createHub()'),
  createPool: missing('createPool()'),
  createRelay: missing('createRelay()'),
  getHub: missing('getHub()'),
  memoryLog: missing('memoryLog()'),
  memoryStore: missing('memoryStore()'),
  redisLog: missing('redisLog()'),
  redisStore: missing('redisStore()'),
  splitUtf8: missing('splitUtf8()'),
};
