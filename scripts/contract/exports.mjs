// What the package exports, by import and by require, is what index.d.ts declares.

import { createRequire } from 'node:module';

export const name = 'exports';

const require = createRequire(import.meta.url);

export async function check(tree, differences) {
  const declared = declaredNames(tree.code('index.d.ts'));
  const required = require('../../index.js');
  const imported = await import('../../index.mjs');
  differences.same(declared, 'index.d.ts', Object.keys(required), 'index.js');
  differences.same(Object.keys(required), 'index.js', Object.keys(imported), 'index.mjs');
  for (const [word, value] of Object.entries(required)) {
    if (imported[word] !== value) differences.note(`${word} differs between import and require`);
  }
  const { version } = require('../../package.json');
  differences.equal(
    'the version',
    version,
    'package.json',
    required.version,
    'lib/core/version.js',
  );
}

/** Declared names that exist at run time: types and interfaces do not. */
export function declaredNames(types) {
  const kinds = 'class|function|const|let|enum';
  const single = new RegExp(`^\\s*export (?:declare )?(?:abstract )?(?:${kinds}) (\\w+)`, 'gm');
  const names = [...types.matchAll(single)].map(([, word]) => word);
  for (const [, list] of types.matchAll(/^\s*export \{([^}]*)\}/gm)) {
    for (const item of list.split(',')) {
      const word = item
        .trim()
        .split(/\s+as\s+/)
        .at(-1);
      if (word && !word.startsWith('type ')) names.push(word);
    }
  }
  return names;
}
