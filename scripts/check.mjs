// `npm run check`: everything that can be known without running a stream. Needs a built addon.

import { run, say } from './process.mjs';

const node = process.execPath;
const clippy = ['clippy', '--locked', '--quiet', '--all-targets'];
const typesOf = (config) => ['tsc', '--noEmit', '--project', config];

/** Name, program, arguments; the cheap ones first. */
const CHECKS = [
  ['walls', node, 'scripts/walls.mjs'],
  ['contract', node, 'scripts/contract.mjs'],
  ['translations', node, 'scripts/translations.mjs'],
  ['lint and format', 'biome', 'ci', '--error-on-warnings', '.'],
  ['types of lib/', ...typesOf('tsconfig.json')],
  ['types under node16', ...typesOf('__test__/types/tsconfig.node16.json')],
  ['types under nodenext', ...typesOf('__test__/types/tsconfig.nodenext.json')],
  ['size of the addon', node, 'scripts/size.mjs'],
  ['size for browsers', node, 'scripts/browser-size.mjs'],
  ['publint', 'publint', '--strict'],
  ['arethetypeswrong', 'attw', '--pack', '.', '--quiet'],
  ['rustfmt', 'cargo', 'fmt', '--check'],
  ['the core without napi', 'cargo', 'check', '--locked', '--quiet', '--no-default-features'],
  ['clippy, core', 'cargo', ...clippy, '--no-default-features', '--', '-D', 'warnings'],
  ['clippy, binding', 'cargo', ...clippy, '--', '-D', 'warnings'],
];

const failed = CHECKS.filter(([name, program, ...args]) => {
  say(`checking ${name}`);
  return !run(program, args);
}).map(([name]) => name);

say(failed.length === 0 ? `${CHECKS.length} checks passed` : `failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
