// Puts one hub through one work, in a process of its own; its clients are another. Prints what it measured
// as JSON.

import { once } from 'node:events';
import { Load } from './load.mjs';
import { Publisher } from './publisher.mjs';
import { WORKS } from './works.mjs';

/** Room for every client of a row that opens thousands at once. */
const BACKLOG = 4096;

const { client, work, bytes, loadCores, ...task } = JSON.parse(process.argv[2]);
const { start } = await import(`./${client.replace('hub-', '')}.mjs`);
const application = await start({ loadCores });
const load = new Load(await portOf(application), bytes, loadCores);
const publisher = new Publisher(application, load, bytes);
const measures = await WORKS[work]({ ...task, load, publisher });
await load.stop();
process.stdout.write(JSON.stringify(measures), () => process.exit());

/** Where it listens, which it does by itself if it has no server of Node. */
async function portOf({ server, port }) {
  if (server === undefined) return port;
  server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG });
  await once(server, 'listening');
  return server.address().port;
}
