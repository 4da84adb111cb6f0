'use strict';

// Without an addon nothing here works, and that is said at once.
require('./lib/core/native.js');
require('./lib/core/scheduling.js');
const { version } = require('./lib/core/version.js');

const errors = () => require('./lib/core/errors.js');

/**
 * What is loaded when it is first asked for: few programs need all of it.
 *
 * @type {Record<string, () => any>}
 */
const exported = {
  ChatStream: () => require('./lib/chat/stream.js'),
  Client: () => require('./lib/server/hub-client.js'),
  EndpointPool: () => require('./lib/pool/endpoint-pool.js'),
  EventSource: () => require('./lib/stream/event-source.js'),
  EventStream: () => require('./lib/stream/event-stream.js'),
  EventStreamDecoder: () => require('./lib/stream/decoder.js'),
  EventStreamDecoderStream: () => require('./lib/stream/decoder.js'),
  Hub: () => require('./lib/server/hub.js'),
  Relay: () => require('./lib/server/relay.js'),
  Run: () => require('./lib/server/run.js'),
  SSECallbackError: errors,
  SSEConnectError: errors,
  SSEContentEncodingError: errors,
  SSEContentTypeError: errors,
  SSEError: errors,
  SSEExhaustedError: errors,
  SSEInternalError: errors,
  SSEMalformedError: errors,
  SSEOptionError: errors,
  SSEPoolError: errors,
  SSEProviderError: errors,
  SSEProxyError: errors,
  SSERedirectError: errors,
  SSERequestError: errors,
  SSEResetError: errors,
  SSERunError: errors,
  SSESizeError: errors,
  SSEStateError: errors,
  SSEStatusError: errors,
  SSETLSError: errors,
  SSETimeoutError: errors,
  SSETruncatedError: errors,
  chat: () => require('./lib/chat/stream.js'),
  connect: () => require('./lib/stream/event-stream.js'),
  createHub: () => require('./lib/server/hub.js'),
  createPool: () => require('./lib/pool/endpoint-pool.js'),
  createRelay: () => require('./lib/server/relay.js'),
  encodeEvent: () => require('./lib/server/encode-event.js'),
  getHub: () => require('./lib/server/hub.js'),
  memoryLog: () => require('./lib/options/log.js'),
};

for (const [name, load] of Object.entries(exported)) {
  // Once it is loaded, or replaced by a test, it is a property like any other.
  const become = (/** @type {unknown} */ value) => {
    Object.defineProperty(exports, name, { value, writable: true, enumerable: true });
    return value;
  };
  const get = () => become(load()[name]);
  Object.defineProperty(exports, name, { get, set: become, enumerable: true, configurable: true });
}

exports.version = version;
