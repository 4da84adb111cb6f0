// What an ESM user of the package writes; compiled, never run.
import {
  type ChatAnswer,
  type ChatDelta,
  type ChatOptions,
  ChatStream,
  type ChatToolCall,
  Client,
  type ClientCloseReason,
  type CloseReason,
  chat,
  connect,
  createHub,
  createPool,
  createRelay,
  EndpointPool,
  type ErrorCode,
  EventSource,
  EventStream,
  EventStreamDecoder,
  EventStreamDecoderStream,
  encodeEvent,
  getHub,
  Hub,
  type HubPublication,
  type HubStats,
  type Log,
  memoryLog,
  memoryStore,
  type ResumePolicy,
  redisLog,
  redisStore,
  type ServerSentEvent,
  SSEError,
  SSEProviderError,
  type Store,
} from 'perennial-sse';

const stream: EventStream = connect(new URL('https://example.com/events'), {
  signal: AbortSignal.timeout(1000),
  retry: false,
});

stream
  .on('event', (event: ServerSentEvent) => console.log(event.data, event.retry ?? 0))
  .on('event:ping', ({ event }) => event.toUpperCase())
  .on('retry', ({ attempt, delay, error }) => console.log(attempt + delay, error))
  .on('error', (error) => console.error(error.code satisfies ErrorCode))
  .on('close', ({ reason }) => console.log(reason satisfies CloseReason));

const events: ServerSentEvent[] = [];
for await (const event of stream) events.push(event);
await stream.closed;
if (stream instanceof EventStream) stream.unref();
stream.close();

const source = new EventSource('https://example.com/events', { withCredentials: true });
source.onmessage = (message) => console.log(message.data);
source.addEventListener('open', () => source.close());
const state: number = source.readyState + EventSource.CONNECTING;

const decoder = new EventStreamDecoder({ onEvent: (event) => events.push(event) });
decoder.feed(new Uint8Array([0x0a]));
decoder.end();

const body: ReadableStream<Uint8Array> = (await fetch('https://example.com/')).body as never;
for await (const event of body.pipeThrough(new EventStreamDecoderStream())) events.push(event);

const text: string = encodeEvent({ event: 'x', data: 'y', id: '1' });

try {
  // @ts-expect-error methods take no such argument
  stream.pause(1);
} catch (error) {
  if (error instanceof SSEError) console.error(error.code, error.cause, state, text);
}

const pool: EndpointPool = createPool(
  [
    {
      baseUrl: 'https://one.example.com/v1',
      apiKey: ['a', 'b'],
      name: 'one',
      weight: 2,
      headers: { 'x-tenant': 'x' },
    },
    {
      baseUrl: new URL('https://two.example.com/v1'),
      apiKey: null,
      keyHeader: 'x-key',
      priority: 1,
      canary: 0.05,
      prefill: { style: 'mistral', echo: true },
    },
  ],
  { cooldown: 1000, breaker: { openFor: 1000 } },
);
pool
  .on('change', ({ endpoint, key, from, to, reason }) => {
    console.log(endpoint, key ?? '-', from, to, reason);
  })
  .add({ baseUrl: 'https://three.example.com', apiKey: 'c' })
  .addKey('one', 'd')
  .rotateKey('one', 'd', 'e')
  .revive();
const left: boolean = pool.removeKey('one', 'e') && pool.remove('one');
const states: string[] = pool.endpoints.flatMap(({ keys }) => keys.map(({ state }) => state));

const policies: ResumePolicy[] = ['continue', 'restart', 'fail'];
const options: ChatOptions = {
  provider: 'mistral',
  pool,
  affinity: 'user-1',
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hello' }], name: 'x' },
    { role: 'assistant', content: null, tool_calls: [] },
  ],
  maxTokens: 100,
  temperature: 0.5,
  topP: 1,
  stop: ['.'],
  tools: [{ name: 'now', parameters: { type: 'object' } }],
  toolChoice: { name: 'now' },
  body: { seed: 1 },
  resume: policies,
  deadline: new Date(),
  retry: { attempts: null, statuses: [503] },
  timeouts: { event: { ms: 1000, ignore: ['ping'] } },
  limits: { content: 1, arguments: 1 },
  shouldRetry: (error) => error.kind === 'overloaded',
};
const answer: ChatStream = chat(options);

// A conversation of the caller's own type, and a key that may be missing.
interface Turn {
  role: 'user' | 'assistant';
  content: string;
}
const turns: Turn[] = [{ role: 'user', content: 'x' }];
chat({ ...options, messages: turns, apiKey: process.env.SOME_KEY });
answer
  .on('connected', ({ status }) => status.toFixed())
  .on('delta', (delta: ChatDelta) => {
    if (delta.type === 'toolCall') console.log(delta.index, delta.arguments, delta.name);
    else if ('text' in delta) console.log(delta.text, delta.choice);
    else if (delta.type === 'usage') console.log(delta.usage.total);
  })
  .on('content', (piece) => piece.toUpperCase())
  .on('toolCall', (call: ChatToolCall) => console.log(call.id, JSON.parse(call.arguments)))
  .on('reset', ({ attempt }) => attempt.toFixed())
  .once('done', ({ content, finishReason, attempts }) => {
    console.log(content, finishReason, attempts[0]?.billed);
  })
  .on('stopped', () => {})
  .on('error', ({ partial, requestId, kind }) => console.log(partial?.content, requestId, kind))
  .onSnapshot(({ content }) => console.log(content), { every: 100 });
for await (const piece of answer.textStream) console.log(piece.length);
for await (const delta of answer) console.log(delta.type);
const message: ChatAnswer = await answer.message();
const whole: string = await answer.text();
const response: Response = await answer.toResponse({ decideWithin: null });
const { status }: Response = await answer.toResponse({ method: 'HEAD' }, { heartbeat: null });
await answer.toReadableStream({ heartbeat: 5000 }).cancel();
if (answer instanceof ChatStream) answer.stop();
connect('events', { pool, affinity: 'user-1' }).close();

// @ts-expect-error a model is needed
chat({ baseUrl: 'https://example.com', apiKey: null, messages: [] });
// @ts-expect-error a key may not be undefined
createPool([{ baseUrl: 'https://example.com', apiKey: undefined }]);
// @ts-expect-error an answer has no other end than its own
chat({ ...options, timeouts: { total: 5 } });
// @ts-expect-error made by createPool() alone
new EndpointPool([]);

const tickets: Store = memoryStore({ name: 'tickets', maxEntries: 10, maxBytes: 1024 });
await tickets.set('a', 'x', 1000);
const isNew: boolean = await tickets.setIfAbsent('b', 'y', null);
const isReplaced: boolean = await tickets.replace('a', 'x', 'z');
const isRemoved: boolean = await tickets.remove('b');
const ticket: string | undefined = (await tickets.take('a')) ?? (await tickets.get('a'));
console.log(isNew, isReplaced, isRemoved, ticket?.length, tickets.options.maxBytes, tickets.kind);
// @ts-expect-error values are text
tickets.set('a', { user: 'x' });
// @ts-expect-error a relay has no use for it
createRelay({ store: tickets });

try {
  console.log(left, states, message.usage?.cached, whole, response.status, status);
} catch (error) {
  if (error instanceof SSEProviderError) console.error(error.kind, error.providerCode);
}

const hub: Hub = createHub({
  name: 'types',
  log: memoryLog({ maxEvents: 10 }),
  heartbeat: null,
  retryDelay: [1000, 2000],
  lag: 'latest',
  maxLag: { events: 100, age: 1000 },
  events: { connected: 'hello' },
  cors: { origin: (origin, request) => origin.endsWith('.example') && request.method === 'GET' },
  admit: async (channel, request) => channel.length < 10 && request.url !== undefined,
});
hub
  .on('connect', (client) => client.send({ event: 'welcome', data: { id: client.id } }))
  .on('disconnect', ({ client, reason }) => console.log(client.user ?? '', reason))
  .on('lag', ({ client, events: behind, action }) => console.log(client.id, behind + 1, action))
  .on('gap', ({ channel, from, to, reason }) => console.log(channel, to - from, reason))
  .once('error', (error) => console.error(error.code satisfies ErrorCode));
const streamed: Response = await hub.response(new Request('http://localhost/'), {
  user: null,
  channels: ['news'],
  data: { mine: true },
  expires: new Date(),
  onClient: (client) => client.subscribe('more'),
});
const published: HubPublication = await hub.publish('news', { data: [1, 2], key: 'k' });
const place: string = published.degraded ? 'none yet' : published.id;
const sent: boolean = await hub.toClient('id', { data: 'x' });
const [found] = getHub('types').clients({ user: 'ann' });
if (found instanceof Client) {
  const { reason, error } = await found.closed;
  console.log(reason satisfies ClientCloseReason, error?.code);
  found.close({ retryDelay: 100 });
}
const { closed, log }: HubStats = hub.stats();
console.log(closed.timeout + log.bytes, hub.metrics().length, place, sent, streamed);
await hub.close({ spread: 0 });
// @ts-expect-error messages to one client have no key
await hub.toClient('id', { data: 'x', key: 'k' });
// @ts-expect-error an event has data
await hub.broadcast({ event: 'x' });
const pass: string = await hub.ticket({ user: 'ann', channels: ['news'], expires: 60_000 });
const query: { ticket?: string | string[] } = { ticket: pass };
await hub.response(new Request('https://app.example/events'), { ticket: query.ticket });
// @ts-expect-error a ticket does not last for ever
await hub.ticket({ expires: null });

// @ts-expect-error no such policy
createHub({ lag: 'drop' });
// @ts-expect-error hubs are made by createHub
new Hub();

const remote: Log = redisLog({
  url: new URL('rediss://localhost:6380/1'),
  tls: { ca: new Uint8Array(), cert: 'x', key: 'y' },
  prefix: 'app',
  timeouts: { connect: 1000 },
  maxEvents: 10,
  bridge: ['news'],
  whenDown: 'local',
});
const everywhere: Hub = createHub({
  log: remote,
  store: redisStore({ sentinel: { urls: ['redis://localhost:26379'], master: 'one' } }),
});
everywhere.on('degraded', ({ degraded, reason }) => console.log(degraded ? reason.length : 'back'));
await everywhere.revoke('ann', { until: new Date() });
await everywhere.response(new Request('http://localhost/'), { user: 'ann', issuedAt: Date.now() });
createRelay({ log: redisLog({ cluster: ['redis://localhost:7000'] }) });
// @ts-expect-error there is no default place of Redis
redisLog();
// @ts-expect-error stores have no bounds of a log
redisStore({ url: 'redis://localhost', maxEvents: 10 });
// @ts-expect-error a store does all six
createHub({ store: { kind: 'mine', options: {}, get: async () => undefined } });

for (const retry of ['patient', 'browser', 'api'] as const) {
  connect('https://example.com', { retry });
  new EventSource('https://example.com', { retry });
  chat({ baseUrl: 'https://example.com', apiKey: null, model: 'm', messages: [], retry });
}
// @ts-expect-error there are three names
connect('https://example.com', { retry: 'slow' });
