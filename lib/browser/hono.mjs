// The same functions as `require('perennial-sse/hono')` gives here.
import hono from './hono.js';

export const { hubRoutes, streamSSE } = hono;
