import type { Hub, Relay, RunOptions, RunOutputOptions, RunSource } from '../../index.js';
import type { Authorize, HubRoutesOptions } from './hub-route-types.js';

export type { Authorize, Authorized, HubRoutesOptions } from './hub-route-types.js';

/**
 * Lets Next.js load `perennial-sse` from `node_modules` instead of bundling it: it adds the package
 * to `serverExternalPackages` and changes nothing else. For Next.js 15 and 16.
 *
 * @example
 * // next.config.mjs
 * import { withPerennial } from 'perennial-sse/next';
 * export default withPerennial({ reactStrictMode: true });
 *
 * @param config Whatever `next.config` may export: an object, a promise of one, or a function that
 *   gives either. Left unchanged; the same kind is returned. Defaults to an empty object.
 * @throws {SSEOptionError} For anything else.
 */
export function withPerennial<Config>(config?: Config): Config;

/**
 * The handlers of a route of the app router whose answers outlive a reload.
 *
 * `POST` starts an answer and streams it. Its id is the header `Idempotency-Key`, or else the member `id` of a
 * JSON body, or else a new random one; the response has it in `X-Answer-Id`, percent-encoded. An id names one
 * answer, not a conversation: who posts it again reads the same answer, and nothing is asked twice.
 *
 * `GET ?id=` goes on with it, behind the `Last-Event-ID` that an `EventSource` sends; 204 when there is nothing, or
 * nothing more, which also makes an `EventSource` stop. `DELETE ?id=` stops it and answers `{ "stopped": boolean }`.
 * For both the id may be a segment of the path instead: `app/answers/[id]/route.js`.
 *
 * An id that can be none, or a missing one, is answered with 400.
 *
 * @example
 * // app/answers/route.js
 * import { chat, createRelay } from 'perennial-sse';
 * import { answerRoutes } from 'perennial-sse/next';
 *
 * export const { POST, GET, DELETE } = answerRoutes(createRelay(), async (request) => {
 *   const { messages } = await request.json();
 *   return chat({ baseUrl, apiKey, model, messages });
 * });
 *
 * @param relay What `createRelay()` returns. It may be made in each module: of one name there is one relay.
 * @param start Makes the source of an answer. Called only where the answer has to be made.
 * @throws {SSEOptionError} For a wrong argument.
 */
export function answerRoutes(
  relay: Relay,
  start: StartAnswer,
  options?: AnswerRoutesOptions,
): AnswerRoutes;

/**
 * Makes the source of an answer: a `ChatStream`, an `EventStream`, a fetch `Response`, or an async iterable.
 *
 * A `Response` that it throws is the answer to the request: `throw new Response(null, { status: 422 })`. Anything
 * else that it throws is thrown on, and Next.js answers 500. Either way the id may be posted again, and then this is
 * called again.
 *
 * @param request The request that started it. Its body has not been read.
 */
export type StartAnswer = (
  request: Request,
  context: StartAnswerContext,
) => RunSource | Promise<RunSource>;

/** What {@link StartAnswer} is told besides the request. */
export interface StartAnswerContext {
  /** Of the answer. */
  id: string;
  /** What `owner` gave; `undefined` without that option. */
  owner: string | undefined;
  /**
   * Aborted when the answer is stopped. Not when the browser leaves: use this one, and not that of the request. A
   * stream of this package is stopped without it.
   */
  signal: AbortSignal;
}

/** Options of {@link answerRoutes}. */
export interface AnswerRoutesOptions {
  /**
   * Whose request it is: the user or tenant of its session. An id without its owner, or with another, opens
   * nothing. If this gives nothing, the request is answered with 401. Must not read the body. Defaults to none:
   * who knows an id may read and stop its answer.
   */
  owner?: (request: Request) => string | null | undefined | Promise<string | null | undefined>;
  /**
   * How a failure is told. `events`: as `event: failure`, for an `EventSource`. `ui-message-stream`: as a part that
   * `useChat` of the AI SDK understands, `error`, or `abort` after a stop; the source is then a response of
   * `createUIMessageStreamResponse()`. Defaults to `'events'`.
   */
  protocol?: 'events' | 'ui-message-stream';
  /** Whether clients hear when the source waits before it asks again; as of `run.toResponse()`. Defaults to `false`. */
  notices?: boolean;
  /**
   * In which words an answer of `chat()` is told: `events`, or `ai-sdk` for `useChat` of the AI SDK, which needs no
   * `protocol` then. Defaults to `'events'`.
   */
  format?: RunOutputOptions['format'];
  /** As of `relay.run()`. Defaults to `'fail'`. */
  onLost?: RunOptions['onLost'];
}

/** What Next.js gives a handler besides the request. */
export interface RouteContext {
  params?: unknown;
}

/** What {@link answerRoutes} returns, named as a route exports it. */
export interface AnswerRoutes {
  POST(request: Request): Promise<Response>;
  GET(request: Request, context?: RouteContext): Promise<Response>;
  DELETE(request: Request, context?: RouteContext): Promise<Response>;
}

/**
 * The routes of a hub for the app router. `GET` is the stream, `OPTIONS` answers the preflights of other origins.
 *
 * `subscribe` and `unsubscribe` take JSON, `{ "clientId", "channel" }`. They answer 204; 404 for a client that is not connected
 * here, 403 for one of another user and for a channel that is not open, 400 for anything else.
 *
 * @example
 * // lib/events.js
 * import { createHub } from 'perennial-sse';
 * import { hubRoutes } from 'perennial-sse/next';
 *
 * export const hub = createHub();
 * export const events = hubRoutes(hub, async (request) => ({
 *   user: await userOf(request),
 *   channels: ['news'],
 * }));
 *
 * // app/events/route.js
 * export const { GET } = events;
 *
 * // app/events/subscribe/route.js
 * export const POST = events.subscribe;
 *
 * @param hub What `createHub()` returns. It may be made in each module: of one name there is one hub.
 * @param authorize Tells who may connect, and who posts. Must not read the body.
 * @throws {SSEOptionError} For a wrong argument.
 */
export function hubRoutes(
  hub: Hub,
  authorize: Authorize<Request>,
  options?: HubRoutesOptions<Request>,
): HubRoutes;

/** What {@link hubRoutes} returns. */
export interface HubRoutes {
  GET(request: Request): Promise<Response>;
  OPTIONS(request: Request): Promise<Response>;
  /** The `POST` of a route that lets a client of the one who posts join a channel. */
  subscribe(request: Request): Promise<Response>;
  /** The `POST` of one that lets it leave. */
  unsubscribe(request: Request): Promise<Response>;
}

/**
 * Ends the process in time. On SIGTERM or SIGINT the server of Next.js waits for open responses, and an event stream
 * may never end. With this, what is open has until the deadline; then the process exits with 143 or 130, and
 * browsers come back to the next one. Clients of hubs are let go before that, in a paced way. Where nothing else listens
 * to the signal, it exits as soon as they are gone. Calls after the first one have no effect.
 *
 * @example
 * // instrumentation.js
 * export { register } from 'perennial-sse/next';
 *
 * @param options Everything has a default.
 * @throws {SSEOptionError} For a wrong deadline.
 */
export function register(options?: RegisterOptions): void;

/** Options of {@link register}. */
export interface RegisterOptions {
  /** How long open responses have after the signal, in milliseconds. Defaults to `5000`. */
  deadline?: number;
  /** The names of the hubs to close. Those that do not exist are passed over. Defaults to `['default']`. */
  hubs?: readonly string[];
}
