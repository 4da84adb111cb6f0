'use strict';

// One of several instances of an application: a relay, a hub and a store on one Redis. It says its port, and answers
// questions of its parent.

const http = require('node:http');
const perennial = require('../../../index.js');
const { rss, watchRss } = require('../memory.js');

const { chat, connect, createHub, createRelay, redisLog, redisStore } = perennial;
const {
  log: logged,
  relay: relayed,
  hub: hubbed,
  store: stored,
  upstream,
} = JSON.parse(process.argv[2]);

const log = redisLog(logged);
const relay = relayed && createRelay({ name: 'app', ...relayed, log });
const hub = hubbed && createHub({ name: 'app', retryDelay: [50, 100], ...hubbed, log });
const store = stored && redisStore(stored);

/** What the hub told of Redis, in order. */
const told = [];
hub?.on('degraded', (state) => told.push(state));
hub?.on('error', ({ code }) => told.push({ error: code }));

/** How the clients of the hub ended, by their users, in order. */
const ended = [];
hub?.on('disconnect', ({ client, reason }) => ended.push([client.user ?? null, reason]));

/** @type {ReturnType<typeof watchRss>} */
let memory;

/** Runs that this process has in its hands, by their ids. */
const runs = new Map();

/** What a run is made of: what the upstream says, as it says it. */
const sources = {
  events: (id) => connect(`${upstream}/${encodeURIComponent(id)}`, { retry: false }),
  raw: (id, signal) => fetch(`${upstream}/${encodeURIComponent(id)}`, { signal }),
  chat: () =>
    chat({
      baseUrl: upstream,
      apiKey: 'k',
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      retry: false,
    }),
};

async function serveRun(id, request, response, search) {
  const owner = search.get('owner') ?? undefined;
  if (request.method === 'DELETE') {
    response.end(String(await relay.stop(id, { owner })));
    return;
  }
  const source = search.get('source');
  const onLost = search.get('onLost') ?? undefined;
  const run =
    source === null
      ? await relay.resume(id, { owner })
      : await relay.run(id, ({ signal }) => sources[source](id, signal), { owner, onLost });
  if (run === undefined) response.writeHead(204).end();
  else await run.pipe(request, response);
}

async function serveClient(request, response, search) {
  const named = {
    user: search.get('user') ?? undefined,
    channels: search.getAll('channel'),
    issuedAt: search.has('issued') ? Number(search.get('issued')) : undefined,
  };
  const ticket = search.get('ticket');
  const client = await hub.connect(request, response, ticket === null ? named : { ticket });
  client.closed.then(({ reason, error }) => {
    if (reason === 'refused') ended.push([client.user ?? null, reason, error?.code]);
  });
}

const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  const [, kind, id] = pathname.split('/');
  const served =
    kind === 'events'
      ? serveClient(request, response, searchParams)
      : serveRun(decodeURIComponent(id), request, response, searchParams);
  served.catch(({ code, message }) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(503).end(JSON.stringify({ code, message }));
  });
});

const answers = {
  told: () => told.splice(0),
  ended: () => ended.splice(0),
  stats: () => ({ relay: relay?.stats(), hub: hub?.stats() }),
  rss: () => rss(),
  now: () => Date.now(),
  /** Calls a method of the hub. */
  hub: ({ method, args }) => hub[method](...args),
  /** Calls a method of the store. */
  store: ({ method, args }) => store[method](...args),
  /** Calls a method of the relay that gives something that can be sent. */
  relay: ({ method, args }) => relay[method](...args),
  /** The ids of the clients of a user here. */
  clients: ({ user }) => hub.clients({ user }).map(({ id }) => id),
  /** Gives the clients of a user here a channel, or takes it. */
  join: ({ user, channel }) => hub.clients({ user }).map((client) => client.subscribe(channel)),
  part: ({ user, channel }) => hub.clients({ user }).map((client) => client.unsubscribe(channel)),
  /** Publishes `count` events to each channel, named by who publishes and a number; one each `every` milliseconds. */
  async publish({ channels, from, count, every = 0 }) {
    const published = [];
    for (let at = 0; at < count; at++) {
      for (const channel of channels) {
        published.push(hub.publish(channel, { data: `${channel} ${from} ${at}` }));
      }
      if (every > 0) await new Promise((resolve) => setTimeout(resolve, every));
      else if (published.length % 64 === 0) await published.at(-1);
    }
    const ids = await Promise.all(published);
    return ids.filter(({ degraded }) => degraded).length;
  },
  /** Publishes so many events of so many bytes, one after the other, whether they are taken or not. */
  async flood({ channel, bytes, count }) {
    const data = 'x'.repeat(bytes);
    const became = { degraded: 0, refused: 0 };
    for (let at = 0; at < count; at++) {
      const published = hub.publish(channel, { data: `${at} ${data}` });
      await published.then(
        ({ degraded }) => {
          if (degraded) became.degraded++;
        },
        ({ code }) => {
          if (code === 'ERR_SSE_LOG') became.refused++;
        },
      );
    }
    return became;
  },
  /** From now on it is seen how much memory this process holds. */
  watch: () => {
    memory = watchRss();
  },
  /** Bytes by which the most that it held was above the start. */
  grown: () => memory.stop(),
  /** Begins a run whose source is in this process, and says what it is told. */
  async begin({ id, owner, onLost }) {
    const said = [];
    let wake = () => {};
    const source = async function* () {
      for (;;) {
        while (said.length > 0) {
          const next = said.shift();
          if (next === null) return;
          yield next;
        }
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    };
    const run = await relay.run(id, source, { owner, onLost });
    runs.set(id, { run, say: (data) => wake(said.push(data)) });
    return run.role;
  },
  say: ({ id, data }) => {
    for (const one of [data].flat()) runs.get(id).say(one);
  },
  /** Waits for the end of a run that was begun here. */
  over: async ({ id }) => {
    const { status, error } = await runs.get(id).run.closed;
    return { status, code: error?.code };
  },
  exit: () => setImmediate(() => process.exit()),
};

process.on('message', async ({ number, ask, ...more }) => {
  try {
    process.send({ number, value: (await answers[ask](more)) ?? null });
  } catch ({ name, code, message }) {
    process.send({ number, error: { name, code, message } });
  }
});
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
