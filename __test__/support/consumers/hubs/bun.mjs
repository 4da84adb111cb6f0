/* global Bun */
import { answer, listening } from './fetching.mjs';

listening(Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, fetch: answer }).port);
