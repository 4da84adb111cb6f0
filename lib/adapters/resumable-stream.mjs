// The same function as `require('perennial-sse/resumable-stream')` gives.
import resumable from './resumable-stream.js';

export const { createResumableStreamContext } = resumable;
