// The pages of docs/reference/ are what the declarations make of them.

import { PAGES, pageOf, pathOf } from '../reference/pages.mjs';

export const name = 'reference';

export function check(tree, differences) {
  for (const page of PAGES) {
    const path = pathOf(page);
    const [is, wanted] = [tree.text(path), pageOf(page, tree)].map((text) => text.split('\n'));
    const line = wanted.findIndex((text, index) => text !== is[index]);
    if (line === -1 && is.length === wanted.length) continue;
    const place = `line ${Math.max(line, 0) + 1} of ${path}`;
    differences.note(`${place} is not what the declarations say: run "npm run reference"`);
  }
}
