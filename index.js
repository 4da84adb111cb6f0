'use strict';

const { ChatStream, chat } = require('./lib/chat/stream.js');
const { EventStreamDecoder, EventStreamDecoderStream } = require('./lib/stream/decoder.js');
const { encodeEvent } = require('./lib/server/encode-event.js');
const {
  SSECallbackError,
  SSEConnectError,
  SSEContentEncodingError,
  SSEContentTypeError,
  SSEError,
  SSEExhaustedError,
  SSEInternalError,
  SSEMalformedError,
  SSEOptionError,
  SSEPoolError,
  SSEProviderError,
  SSEProxyError,
  SSERedirectError,
  SSERequestError,
  SSEResetError,
  SSESizeError,
  SSEStateError,
  SSEStatusError,
  SSETLSError,
  SSETimeoutError,
  SSETruncatedError,
} = require('./lib/core/errors.js');
const { EventSource } = require('./lib/stream/event-source.js');
const { EventStream, connect } = require('./lib/stream/event-stream.js');
const { EndpointPool, createPool } = require('./lib/pool/endpoint-pool.js');
const { version } = require('./lib/core/version.js');

module.exports = {
  ChatStream,
  EndpointPool,
  EventSource,
  EventStream,
  EventStreamDecoder,
  EventStreamDecoderStream,
  SSECallbackError,
  SSEConnectError,
  SSEContentEncodingError,
  SSEContentTypeError,
  SSEError,
  SSEExhaustedError,
  SSEInternalError,
  SSEMalformedError,
  SSEOptionError,
  SSEPoolError,
  SSEProviderError,
  SSEProxyError,
  SSERedirectError,
  SSERequestError,
  SSEResetError,
  SSESizeError,
  SSEStateError,
  SSEStatusError,
  SSETLSError,
  SSETimeoutError,
  SSETruncatedError,
  chat,
  connect,
  createPool,
  encodeEvent,
  version,
};
