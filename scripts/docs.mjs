// `npm run docs`: builds the documentation as a site in target/docs, and serves it. `npm run docs -- build` only builds,
// and fails at a link that leads nowhere. What makes the site is installed in site/ on first use.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, say } from './process.mjs';

const [command = 'serve', ...rest] = process.argv.slice(2);
if (!['serve', 'build'].includes(command) || rest.length > 0)
  fail(`"${process.argv.slice(2).join(' ')}" is nothing to do: there are serve and build`);

const installed = join(root, 'site', 'node_modules', '.package-lock.json');
const modified = (path) => statSync(path).mtimeMs;

if (
  !existsSync(installed) ||
  modified(installed) < modified(join(root, 'site', 'package-lock.json'))
) {
  say('installing what makes the site');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!run('npm', ['ci', '--prefix', 'site', ...quiet])) fail('npm ci failed; the reason is above');
}

const vitepress = join(root, 'site', 'node_modules', 'vitepress', 'bin', 'vitepress.js');
const make = (what) => run(process.execPath, [vitepress, what, 'site']);
const made = make('build') && (command === 'build' || make('preview'));
process.exit(made ? 0 : 1);
