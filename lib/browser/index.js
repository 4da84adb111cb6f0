'use strict';

const { EventStreamDecoder, EventStreamDecoderStream } = require('./decoder.js');
const { encodeEvent } = require('./encode-event.js');
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
} = require('../errors.js');
const { EventSource, EventStream, connect } = require('./unsupported.js');
const { version } = require('../../package.json');

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
