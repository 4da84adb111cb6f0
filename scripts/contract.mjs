// index.d.ts is the contract: this compares it with what the package really exports.

import { createRequire } from 'node:module';
import { code, files } from './source.mjs';

/** Codes that JavaScript alone raises; every other one comes from src/error.rs. */
const JAVASCRIPT_ONLY = [
  ...['ERR_SSE_CLOSED', 'ERR_SSE_LOCKED', 'ERR_SSE_OPTION', 'ERR_SSE_RESTARTED'],
];

const problems = [];

/** Reports what is in `some` and not in `others`. */
function within(some, others, sentence) {
  for (const name of some) if (!others.has(name)) problems.push(`${name} ${sentence}`);
}

function same(one, inOne, other, inOther) {
  within(one, other, `is in ${inOne} but not in ${inOther}`);
  within(other, one, `is in ${inOther} but not in ${inOne}`);
}

const CODE = /ERR_SSE_[A-Z_]*[A-Z]/g;
const codesIn = (text) => new Set(text.match(CODE) ?? []);

const types = code('index.d.ts');

/** Declared names that exist at run time: types and interfaces do not. */
const declared = new Set(
  [
    ...types.matchAll(
      /^\s*export (?:declare )?(?:abstract )?(?:class|function|const|let|enum) (\w+)/gm,
    ),
  ].map(([, name]) => name),
);
for (const [, list] of types.matchAll(/^\s*export \{([^}]*)\}/gm)) {
  for (const item of list.split(',')) {
    const name = item
      .trim()
      .split(/\s+as\s+/)
      .at(-1);
    if (name && !name.startsWith('type ')) declared.add(name);
  }
}

const required = createRequire(import.meta.url)('../index.js');
const imported = await import('../index.mjs');
same(declared, 'index.d.ts', new Set(Object.keys(required)), 'index.js');
same(new Set(Object.keys(required)), 'index.js', new Set(Object.keys(imported)), 'index.mjs');
for (const [name, value] of Object.entries(required)) {
  if (imported[name] !== value) problems.push(`${name} differs between import and require`);
}

const { version } = createRequire(import.meta.url)('../package.json');
if (required.version !== version) {
  problems.push(
    `the version is ${version} in package.json and ${required.version} in lib/core/version.js`,
  );
}

const union = /type ErrorCode\s*=([^;]*);/.exec(types)?.[1];
if (!union) problems.push('index.d.ts declares no union ErrorCode');
const documented = codesIn(union ?? '');
const classed = codesIn(code('lib/core/errors.js'));
const native = codesIn(code('src/error.rs'));
same(documented, 'ErrorCode of index.d.ts', classed, 'lib/core/errors.js');
same(new Set([...native, ...JAVASCRIPT_ONLY]), 'src/error.rs', documented, 'ErrorCode');
const sources = [...files('lib'), ...files('src')].filter((path) => /\.(js|rs)$/.test(path));
for (const path of sources)
  within(codesIn(code(path)), documented, `(${path}) is not an ErrorCode`);

for (const problem of problems) console.error(problem);
const kept = `contract: ${declared.size} exports and ${documented.size} codes agree`;
console.log(problems.length === 0 ? kept : `contract: ${problems.length} differences`);
process.exit(problems.length === 0 ? 0 : 1);
