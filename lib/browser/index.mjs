// The same objects as `require` gives, each from the file that has it: a bundle takes what is used.
export {
  SSEAuthError,
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
  SSERunError,
  SSESizeError,
  SSEStateError,
  SSEStatusError,
  SSETimeoutError,
  SSETLSError,
  SSETruncatedError,
} from '../core/errors.js';
export { version } from '../core/version.js';
export { EventStreamDecoder, EventStreamDecoderStream } from './decoder.js';
export { encodeEvent } from './encode-event.js';
export { connect, EventStream } from './event-stream.js';
export {
  ChatStream,
  Client,
  chat,
  createHub,
  createPool,
  createRelay,
  EndpointPool,
  EventSource,
  getHub,
  Hub,
  memoryLog,
  memoryStore,
  Relay,
  Run,
  redisLog,
  redisStore,
  splitUtf8,
} from './unsupported.js';
