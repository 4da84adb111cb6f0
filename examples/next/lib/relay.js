import { createRelay } from 'perennial-sse';
import { log } from './log.js';

/** The same in every module and bundle of this server, and after `next dev` has loaded this one again. */
export const relay = createRelay({ log });
