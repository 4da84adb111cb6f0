import { createRelay } from 'perennial-sse';

/** The same in every module and bundle of this server, and after `next dev` has loaded this one again. */
export const relay = createRelay();
