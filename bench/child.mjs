// Puts one client through one work, in a process of its own; prints what it measured as JSON.

import { check, WORKS } from './works.mjs';

const { client, work, url, checkUrl, ...task } = JSON.parse(process.argv[2]);
const { open } = await import(`./clients/${client}.mjs`);

const checksum = await check({ open, url: checkUrl });
const measures = await WORKS[work]({ ...task, open, url });
// Its connections would keep the process alive, and how it closes them is not measured.
process.stdout.write(JSON.stringify({ checksum, ...measures }), () => process.exit());
