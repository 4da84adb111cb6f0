// The addon's size is part of every installation: it must not grow unnoticed.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './process.mjs';
import { ADDON } from './release/limits.mjs';

const addons = readdirSync(root).filter((name) => name.endsWith('.node'));
const sizes = addons.map((name) => statSync(join(root, name)).size);

addons.forEach((name, index) => {
  console.log(`size: ${name} has ${sizes[index]} bytes of at most ${ADDON}`);
});
if (addons.length === 0) console.error('size: there is no addon; run "npm run build"');
process.exit(addons.length > 0 && sizes.every((size) => size <= ADDON) ? 0 : 1);
