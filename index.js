'use strict';

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
  SSEOptionError,
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
const { version } = require('./package.json');

module.exports = {
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
  SSEOptionError,
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
  connect,
  encodeEvent,
  version,
};
