// The same function as `require('perennial-sse/express')` gives here.
import express from './express.js';

export const { hubRoutes } = express;
