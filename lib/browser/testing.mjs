// The same functions as `require('perennial-sse/testing')` gives here.
import testing from './testing.js';

export const { startFaultServer, startProvider } = testing;
