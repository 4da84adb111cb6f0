// `node scripts/walls.mjs [FOLDER]`: the walls of the house, checked in this clone or in another tree:
// which module may name which, and who owns crates, runtime and timers.

import { resolve } from 'node:path';
import { root } from './process.mjs';
import { files, read } from './source.mjs';
import { violationsIn } from './walls/violations.mjs';

const base = resolve(process.argv[2] ?? root);
const broken = files('.', base).flatMap((path) => violationsIn(path, read(path, base)));

for (const { path, line, why } of broken) console.error(`${path}:${line}: ${why}`);
console.log(broken.length === 0 ? 'walls: all stand' : `walls: ${broken.length} broken`);
process.exit(broken.length === 0 ? 0 : 1);
