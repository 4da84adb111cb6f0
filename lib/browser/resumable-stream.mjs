// The same function as `require('perennial-sse/resumable-stream')` gives here.
import resumable from './resumable-stream.js';

export const { createResumableStreamContext } = resumable;
