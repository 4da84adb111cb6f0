import { start as startHub } from './perennial.mjs';

/** Three channels. */
export const start = () => startHub({ channels: ['news', 'prices', 'weather'] });
