// The same function as `require('perennial-sse/next')` gives.
import next from './next.js';

export const { withPerennial } = next;
