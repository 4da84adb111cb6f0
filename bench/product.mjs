// The product as its clients here get it: of this clone, or of the build that the task names.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../scripts/process.mjs';

const { build = root } = JSON.parse(process.argv[2]);

export const { chat, connect, createHub, createRelay, redisLog } = await import(
  pathToFileURL(join(build, 'index.mjs')).href
);
