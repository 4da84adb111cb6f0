'use strict';

const { missing, missingClass } = require('./missing.js');

/** Browsers bring the standard's own; what this package adds to it does not exist there. */
const EventSource = /** @type {any} */ (globalThis).EventSource ?? missingClass('EventSource');

const ChatStream = missingClass('ChatStream');
const Client = missingClass('Client');
const EndpointPool = missingClass('EndpointPool');
const Hub = missingClass('Hub');
const Relay = missingClass('Relay');
const Run = missingClass('Run');
const chat = missing('chat()');
const createHub = missing('createHub()');
const createPool = missing('createPool()');
const createRelay = missing('createRelay()');
const getHub = missing('getHub()');
const memoryLog = missing('memoryLog()');
const memoryStore = missing('memoryStore()');
const redisLog = missing('redisLog()');
const redisStore = missing('redisStore()');
const splitUtf8 = missing('splitUtf8()');

module.exports = {
  ChatStream,
  Client,
  EndpointPool,
  EventSource,
  Hub,
  Relay,
  Run,
  chat,
  createHub,
  createPool,
  createRelay,
  getHub,
  memoryLog,
  memoryStore,
  redisLog,
  redisStore,
  splitUtf8,
};
