'use strict';

// A hub on its own sockets, in a process of its own. It says its port, and answers questions of its parent.

const { createHub } = require('../../../index.js');
const { collect } = require('../gc.js');
const { rss } = require('../memory.js');
const { descriptors, threads } = require('../proc.js');

const hub = createHub(JSON.parse(process.argv[2] ?? '{}'));

const answers = {
  clients: () => hub.stats().clients,
  /** What the process holds, without garbage. */
  async held() {
    await collect();
    return { rss: rss(), descriptors: descriptors(), threads: threads() };
  },
  /** Publishes an event to all. */
  say: ({ data }) => hub.broadcast({ data }),
};

process.on('message', async ({ ask, ...more }) => process.send((await answers[ask](more)) ?? null));

hub.listen({ port: 0, host: '127.0.0.1' }).then(({ port }) => process.send({ port }));
