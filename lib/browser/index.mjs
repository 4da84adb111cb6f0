// The same objects as `require` gives.
import perennial from './index.js';

export const {
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
} = perennial;
