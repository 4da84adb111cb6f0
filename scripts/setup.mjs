// Brings a fresh clone to where tests and the demo run; at once done when nothing has changed.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, isLoadable, isStale } from './addon.mjs';
import { fail, root, run, say } from './process.mjs';

/** npm writes this file last, so its time is that of the last complete installation. */
const installed = join(root, 'node_modules', '.package-lock.json');

const modified = (path) => statSync(path).mtimeMs;

if (!existsSync(installed) || modified(installed) < modified(join(root, 'package-lock.json'))) {
  say('installing development dependencies');
  // The hook would build the addon silently; it is built below, where its progress shows.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!run('npm', ['ci', ...quiet])) {
    fail('npm ci failed; the reason is above');
  }
}

if (isStale() || !isLoadable()) {
  build();
  if (!isLoadable()) {
    fail('the addon was built but does not load: run "node binding.js" to see why');
  }
}
