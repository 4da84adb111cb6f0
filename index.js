'use strict';

const { ChatStream, chat } = require('./lib/chat-stream.js');
const { EventStreamDecoder, EventStreamDecoderStream } = require('./lib/decoder.js');
const { encodeEvent } = require('./lib/encode-event.js');
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
} = require('./lib/errors.js');
const { EventSource } = require('./lib/event-source.js');
const { EventStream, connect } = require('./lib/event-stream.js');
const { EndpointPool, createPool } = require('./lib/pool.js');
const { version } = require('./lib/version.js');

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
