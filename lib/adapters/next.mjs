// The same functions as `require('perennial-sse/next')` gives.
import next from './next.js';

export const { answerRoutes, hubRoutes, register, withPerennial } = next;
