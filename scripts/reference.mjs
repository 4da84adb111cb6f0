// `npm run reference`: writes the tables of docs/reference/ from index.d.ts and its like.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Tree } from './contract/tree.mjs';
import { root, say } from './process.mjs';
import { PAGES, pageOf, pathOf } from './reference/pages.mjs';

const tree = new Tree();
for (const page of PAGES) {
  const path = join(root, pathOf(page));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, pageOf(page, tree));
}
say(`wrote ${PAGES.length} pages of the reference`);
