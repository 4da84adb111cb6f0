// The same function as `require('perennial-sse/fastify')` gives.
import fastify from './fastify.js';

export const { hubPlugin } = fastify;
