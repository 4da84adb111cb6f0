import { createHub } from 'perennial-sse';
import { hubRoutes } from 'perennial-sse/next';
import { log } from './log.js';

/** Any reader may have the regions. */
const admit = (channel) => channel.startsWith('region-');

/** The same in every module and bundle of this server. */
export const hub = createHub({ log, admit });

/** A real server asks its session who it is. */
const userOf = (request) => new URL(request.url).searchParams.get('user');

export const news = hubRoutes(
  hub,
  (request) => ({ user: userOf(request), channels: ['headlines'] }),
  { admit },
);
