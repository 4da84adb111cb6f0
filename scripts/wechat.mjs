// `npm run wechat`: the example of a bot, with what stands for WeChat and for a provider.

import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './process.mjs';

const example = join(root, 'examples', 'wechat-bot');
const installed = join(example, 'node_modules', 'perennial-sse');

// What `npm install` makes there of `file:../..`, without a registry.
if (!existsSync(installed)) {
  mkdirSync(join(example, 'node_modules'), { recursive: true });
  symlinkSync(root, installed, 'junction');
}

process.exitCode = run(process.execPath, [join(example, 'rehearsal', 'main.mjs')]) ? 0 : 1;
