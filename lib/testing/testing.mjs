// The same functions as `require('perennial-sse/testing')` gives.
import testing from './testing.js';

export const { startFaultServer, startProvider } = testing;
