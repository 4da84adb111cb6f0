// The same function as `require('perennial-sse/express')` gives.
import express from './express.js';

export const { hubRoutes } = express;
