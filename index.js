'use strict';

// Without an addon nothing here works, and that is said at once.
require('./lib/core/native.js');
require('./lib/core/scheduling.js');
const errors = require('./lib/core/errors.js');
const { lazy } = require('./lib/core/lazy.js');
const { lazyClass } = require('./lib/core/lazy-class.js');
const { version } = require('./lib/core/version.js');

// The rest is loaded when it is first used: few programs need all of it.
const answers = lazy(() => require('./lib/chat/stream.js'));
const clients = lazy(() => require('./lib/server/hub-client.js'));
const decoders = lazy(() => require('./lib/stream/decoder.js'));
const encoder = lazy(() => require('./lib/server/encode-event.js'));
const hubs = lazy(() => require('./lib/server/hub.js'));
const logs = lazy(() => require('./lib/options/log.js'));
const pools = lazy(() => require('./lib/pool/endpoint-pool.js'));
const remoteStores = lazy(() => require('./lib/server/redis-store.js'));
const relays = lazy(() => require('./lib/server/relay.js'));
const runs = lazy(() => require('./lib/server/run.js'));
const sources = lazy(() => require('./lib/stream/event-source.js'));
const stores = lazy(() => require('./lib/server/store.js'));
const splitting = lazy(() => require('./lib/server/split-utf8.js'));
const streams = lazy(() => require('./lib/stream/event-stream.js'));

/** @type {Record<string, any>} */
module.exports = {
  ChatStream: lazyClass('ChatStream', answers),
  Client: lazyClass('Client', clients),
  EndpointPool: lazyClass('EndpointPool', pools),
  EventSource: lazyClass('EventSource', sources),
  EventStream: lazyClass('EventStream', streams),
  EventStreamDecoder: lazyClass('EventStreamDecoder', decoders),
  EventStreamDecoderStream: lazyClass('EventStreamDecoderStream', decoders),
  Hub: lazyClass('Hub', hubs),
  Relay: lazyClass('Relay', relays),
  Run: lazyClass('Run', runs),
  SSEAuthError: errors.SSEAuthError,
  SSECallbackError: errors.SSECallbackError,
  SSEConnectError: errors.SSEConnectError,
  SSEContentEncodingError: errors.SSEContentEncodingError,
  SSEContentTypeError: errors.SSEContentTypeError,
  SSEError: errors.SSEError,
  SSEExhaustedError: errors.SSEExhaustedError,
  SSEInternalError: errors.SSEInternalError,
  SSEMalformedError: errors.SSEMalformedError,
  SSEOptionError: errors.SSEOptionError,
  SSEPoolError: errors.SSEPoolError,
  SSEProviderError: errors.SSEProviderError,
  SSEProxyError: errors.SSEProxyError,
  SSERedirectError: errors.SSERedirectError,
  SSERequestError: errors.SSERequestError,
  SSEResetError: errors.SSEResetError,
  SSERunError: errors.SSERunError,
  SSESizeError: errors.SSESizeError,
  SSEStateError: errors.SSEStateError,
  SSEStatusError: errors.SSEStatusError,
  SSETLSError: errors.SSETLSError,
  SSETimeoutError: errors.SSETimeoutError,
  SSETruncatedError: errors.SSETruncatedError,
  chat: (options) => answers().chat(options),
  connect: (url, options) => streams().connect(url, options),
  createHub: (options) => hubs().createHub(options),
  createPool: (endpoints, options) => pools().createPool(endpoints, options),
  createRelay: (options) => relays().createRelay(options),
  encodeEvent: (event) => encoder().encodeEvent(event),
  getHub: (name) => hubs().getHub(name),
  memoryLog: (options) => logs().memoryLog(options),
  memoryStore: (options) => stores().memoryStore(options),
  redisLog: (options) => logs().redisLog(options),
  redisStore: (options) => remoteStores().redisStore(options),
  splitUtf8: (text, bytes) => splitting().splitUtf8(text, bytes),
  version,
};
