import { start as startHub } from './perennial.mjs';

/** One channel. */
export const start = () => startHub({ channels: ['news'] });
