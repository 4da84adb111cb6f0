// The same function as `require('perennial-sse/fastify')` gives here.
import fastify from './fastify.js';

export const { hubPlugin } = fastify;
