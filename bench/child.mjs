// Puts one client through one work, in a process of its own; prints what it measured as JSON.

import { DIALECTS } from './dialects.mjs';
import { check, checkAnswer, WORKS } from './works.mjs';

const { client, work, dialect, url, checkUrl, ...task } = JSON.parse(process.argv[2]);
const imported = await import(`./clients/${client}.mjs`);
const open = (where, sink) => imported.open(where, sink, DIALECTS[dialect]);

const checksum = await (dialect ? checkAnswer : check)({ open, url: checkUrl });
const measures = await WORKS[work]({ ...task, open, url });
// Its connections would keep the process alive, and how it closes them is not measured.
process.stdout.write(JSON.stringify({ checksum, ...measures }), () => process.exit());
