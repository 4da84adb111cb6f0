// `npm run rehearsal [-- NAME…]`: publishes to a registry of this machine, and installs from there with these package
// managers of __test__/rehearsal/managers.js, `next` or `source`; with all of them unless told.

import { join } from 'node:path';
import { root, run } from './process.mjs';

const names = process.argv.slice(2);
const file = join(root, '__test__', 'rehearsal', 'rehearsal.test.js');
const wanted = names.length > 0 ? { REHEARSE: names.join(',') } : {};
process.exit(run(process.execPath, ['--test', '--test-reporter=spec', file], wanted) ? 0 : 1);
