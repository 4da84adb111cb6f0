// `npm run docs`: shows the documentation as a site, and follows what changes in it. `npm run docs -- build` writes it
// to target/docs, and fails at a link that leads nowhere. What makes the site is installed in site/ on first use.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, say } from './process.mjs';

const [command = 'dev', ...options] = process.argv.slice(2);
if (!['dev', 'build', 'preview'].includes(command))
  fail(`no command ${command}: there are dev, build and preview`);

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
process.exit(run(process.execPath, [vitepress, command, 'site', ...options]) ? 0 : 1);
