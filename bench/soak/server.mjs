// The server of the soak, in a process of its own: numbered events for each path, answers that
// break, and storms on command. Arguments: events per second and stream; seed.

import { once } from 'node:events';
import fault from '../../__test__/support/fault-server.js';
import random from '../../__test__/support/random.js';

/** Events of one answer before it breaks, at most. */
const MOST_EVENTS = 60;
/** The server keeps everything it saw; here that would fill its memory. */
const FORGET_EVERY_MS = 1000;

const [rate, seed] = process.argv.slice(2).map(Number);
const chance = random.seeded(seed);

let answers = 0;
let mood = 'fair';

/** How an answer ends by itself. Half an event must never reach anybody. */
const BREAKS = {
  end: (exchange) => exchange.end(),
  reset: (exchange) => exchange.reset(),
  truncate: (exchange) => exchange.truncate('data: half an ev'),
  'end in an event': async (exchange) => {
    await exchange.write('id: 0\ndata: half an ev');
    await exchange.end();
  },
};

const server = await fault.startServer(async (exchange) => {
  answers += 1;
  if (mood === 'busy') {
    return exchange.status(503, { 'retry-after-ms': String(chance.integer(50, 500)) });
  }
  let id = Number(exchange.request.headers['last-event-id'] ?? 0);
  exchange.head();
  for (let left = chance.integer(1, MOST_EVENTS); left > 0; left--) {
    await exchange.sleep(1000 / rate);
    if (mood === 'silent') return exchange.stall();
    id += 1;
    await exchange.event({ id, data: `event ${id} of ${exchange.request.path}` });
  }
  await BREAKS[chance.pick(Object.keys(BREAKS))](exchange);
});

/** What happens to all connections at once, and goes on for `ms`. */
const STORMS = {
  drop: () => server.drop(),
  reset: () => {
    for (const connection of server.open) connection.reset();
  },
  refuse: async (ms) => {
    await server.refuse();
    server.drop();
    setTimeout(() => server.accept(), ms);
  },
  busy: (ms) => {
    brood('busy', ms);
    server.drop();
  },
  silent: (ms) => brood('silent', ms),
};

/** Changes the mood for a while. */
function brood(bad, ms) {
  mood = bad;
  setTimeout(() => {
    mood = 'fair';
  }, ms);
}

const forgetting = setInterval(() => {
  server.connections = server.open;
  server.requests.length = 0;
}, FORGET_EVERY_MS);

process.on('message', async ({ storm, ms }) => {
  if (storm) await STORMS[storm](ms);
  process.send({ answers });
});
process.send({ url: server.url, storms: Object.keys(STORMS) });

await once(process, 'disconnect');
clearInterval(forgetting);
await server.close();
