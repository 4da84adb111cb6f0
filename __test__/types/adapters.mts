// What users of the adapters write; compiled, never run.
import type { IncomingMessage } from 'node:http';
import { Hono, type Context as HonosContext } from 'hono';
import { type ChatOptions, chat, createHub, createRelay } from 'perennial-sse';
import { type Handler as ExpressHandler, hubRoutes as expressRoutes } from 'perennial-sse/express';
import { hubPlugin } from 'perennial-sse/fastify';
import {
  type HonoContext,
  hubRoutes as honoRoutes,
  type SSEStreamingApi,
  streamSSE,
} from 'perennial-sse/hono';
import { type JwtAuthorized, type JwtClaims, jwtAuthorizer } from 'perennial-sse/jwt';
import {
  answerRoutes,
  hubRoutes as nextRoutes,
  register,
  type StartAnswer,
  withPerennial,
} from 'perennial-sse/next';
import {
  createResumableStreamContext,
  type ResumableStreamContext,
} from 'perennial-sse/resumable-stream';
import { type FaultStep, startFaultServer, startProvider } from 'perennial-sse/testing';

const relay = createRelay();

const start: StartAnswer = async (request, { id, owner, signal }) => {
  const { messages } = (await request.json()) as { messages?: ChatOptions['messages'] };
  if (messages === undefined) throw new Response('ask something', { status: 422 });
  if (owner === undefined) return fetch(`https://example.com/${id}`, { signal });
  return chat({ baseUrl: 'https://example.com', apiKey: null, model: 'm', messages });
};

export const { POST, GET, DELETE } = answerRoutes(relay, start, {
  owner: async (request) => request.headers.get('x-user'),
  onLost: 'restart',
  protocol: 'ui-message-stream',
});

/** As Next.js checks the handlers of a route. */
type Handler = (
  request: Request,
  context: { params: Promise<{ id: string }> },
) => Response | Promise<Response>;
const handlers: Handler[] = [POST, GET, DELETE];

register();
register({ deadline: 1000, hubs: ['default', 'news'] });
export default withPerennial({ reactStrictMode: true });

declare function after<T>(task: Promise<T> | (() => T | Promise<T>)): void;

const context: ResumableStreamContext = createResumableStreamContext({ waitUntil: after });
createResumableStreamContext({ relay, waitUntil: null, keyPrefix: 'mine' });
const stream: ReadableStream<string> | null = await context.resumableStream(
  'id',
  () => new ReadableStream<string>(),
  7,
);
const existing: ReadableStream<string> | null | undefined =
  await context.resumeExistingStream('id');
const state: null | true | 'DONE' = await context.hasExistingStream('id');
console.log(handlers.length, stream, existing, state);

// @ts-expect-error a relay is needed
answerRoutes(start);
// @ts-expect-error what no source can be
answerRoutes(relay, () => 7);
// @ts-expect-error an option that does not exist
createResumableStreamContext({ publisher: {} });

const hub = createHub();

/** A request with what a middleware added. */
interface SignedIn extends IncomingMessage {
  user: { id: string };
}

const inExpress = expressRoutes(
  hub,
  (req: SignedIn) => ({
    user: req.user.id,
    channels: ['news'],
    expires: 60_000,
    data: { seat: 1 },
  }),
  { admit: async (channel, req) => channel === `chat-${req.user.id}` },
);
export const handler: ExpressHandler<SignedIn> = inExpress.stream;
expressRoutes(hub, (req) =>
  req.headers.cookie === undefined ? { status: 403 } : { channels: [] },
);
expressRoutes(hub, async () => undefined);

/** Fastify's way of taking a plugin, as far as it matters. */
declare function use<Options>(
  plugin: (app: { log: unknown }, options: Options) => Promise<void>,
  options: Options,
): void;
use(hubPlugin, {
  hub,
  authorize: (request) => ({ user: request.headers['x-user']?.toString() ?? null }),
  path: '/news',
  close: false,
});

/** Hono's context, as far as it matters: it has more. */
interface Context extends HonoContext {
  get(name: string): string;
}
export const inHono = honoRoutes(hub, (c: Context) => ({ user: c.get('user') }));
honoRoutes(hub, (c) => ({ user: c.get('user') }));
const typed = new Hono<{ Variables: { user: string } }>();
const ofTyped = honoRoutes(hub, (c: TypedContext) => ({ user: c.get('user') }));
typed.get('/events', ofTyped.stream);
new Hono().get('/events', honoRoutes(hub, (c) => ({ user: c.get('user') })).stream);
type TypedContext = HonosContext<{ Variables: { user: string } }>;
export const streamed = (c: Context): Response =>
  streamSSE(
    c,
    async (stream: SSEStreamingApi) => {
      stream.onAbort(() => {});
      await stream.writeSSE({ event: 'time', data: 'now', id: '1', retry: 1000 });
      await stream.sleep(1000);
    },
    async (error, stream) => stream.writeSSE({ data: error.message }),
  );

const inNext = nextRoutes(hub, async (request) => ({ user: request.headers.get('x-user') }));
handlers.push(inNext.GET, inNext.OPTIONS, inNext.subscribe, inNext.unsubscribe);

const byToken = jwtAuthorizer({
  jwks: new URL('https://login.example/keys.json'),
  audience: ['events'],
  required: 'exp',
  from: { header: 'authorization', cookie: 'session' },
  refresh: { maxAge: 60_000 },
  user: ({ sub }: JwtClaims) => sub,
  channels: async (claims) => (Array.isArray(claims.teams) ? claims.teams.map(String) : []),
});
expressRoutes(hub, byToken);
honoRoutes(hub, byToken);
nextRoutes(hub, byToken);
const found: JwtAuthorized = await byToken(new Request('https://app.example/events'));
nextRoutes(
  hub,
  jwtAuthorizer({
    secret: new Uint8Array(32),
    allow: (claims, request: Request) => claims.sub === request.headers.get('x-user'),
  }),
);
console.log(found.user, found.channels, found.expires, found.issuedAt);

// @ts-expect-error an option that does not exist
jwtAuthorizer({ secret: 'x', tokens: [] });
// @ts-expect-error a place that there is not
jwtAuthorizer({ secret: 'x', from: { body: 'token' } });
// @ts-expect-error who may connect is not said
expressRoutes(hub);
// @ts-expect-error a channel is a string
honoRoutes(hub, () => ({ channels: [7] }));
// @ts-expect-error an option that does not exist
nextRoutes(hub, () => ({}), { heartbeat: 1000 });

export async function testing() {
  await using provider = await startProvider({
    script: ({ body, family }) => ({ deltas: [`${family} ${body.model}`], usage: null }),
  });
  const step: FaultStep = { events: 2, fault: 'reset' };
  const server = await startFaultServer({
    events: [{ event: 'price', data: '7' }],
    script: [step],
  });
  const { lastEventId } = await server.request(0);
  const by: 'client' | 'server' = await (await provider.request(0)).closed;
  // @ts-expect-error: no such fault
  await startProvider({ script: [{ fault: 'cut' }] });
  return [lastEventId, by];
}
