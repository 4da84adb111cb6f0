// The same functions as `require('perennial-sse/next')` gives.
import next from './next.js';

export const { answerRoutes, register, withPerennial } = next;
