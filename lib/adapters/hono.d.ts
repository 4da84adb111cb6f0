import type { Hub } from '../../index.js';
import type { Authorize, HubRoutesOptions } from './hub-route-types.js';

export type { Authorize, Authorized, HubRoutesOptions } from './hub-route-types.js';

/**
 * The routes of a hub for Hono 4. Headers that other middleware sets are kept.
 *
 * `subscribe` and `unsubscribe` take JSON, `{ "clientId", "channel" }`. They answer 204; 404 for a client that is not connected
 * here, 403 for one of another user and for a channel that is not open, 400 for anything else.
 *
 * @example
 * import { createHub } from 'perennial-sse';
 * import { hubRoutes } from 'perennial-sse/hono';
 *
 * const hub = createHub();
 * const events = hubRoutes(hub, (c: Context) => ({ user: c.get('user'), channels: ['news'] }));
 * app.get('/events', events.stream);
 * app.post('/events/subscribe', events.subscribe);
 * app.post('/events/unsubscribe', events.unsubscribe);
 *
 * @param hub What `createHub()` returns.
 * @param authorize Tells who may connect, and who posts.
 * @throws {SSEOptionError} For a wrong argument.
 */
export function hubRoutes<Context extends HonoContext = HonoContext>(
  hub: Hub,
  authorize: Authorize<Context>,
  options?: HubRoutesOptions<Context>,
): HubRoutes<Context>;

/** What {@link hubRoutes} returns. */
export interface HubRoutes<Context extends HonoContext = HonoContext> {
  /** The stream of events, for `app.get()`; for `app.all()` if the hub answers the preflights of other origins. */
  stream(c: Context): Promise<Response>;
  /** Lets a client of the one who posts join a channel. */
  subscribe(c: Context): Promise<Response>;
  /** Lets it leave one. */
  unsubscribe(c: Context): Promise<Response>;
}

/**
 * What `hono/streaming` exports by this name: change the import, and the calls stay as they are.
 *
 * What is better than there: proxies and compression hold nothing back; a comment after 15 s of silence keeps the
 * connection open; a name or an id cannot smuggle in a line; `write` settles also when the client leaves while it waits. If
 * the callback throws, the client gets `event: failure` with `{ "error": { "code", "message" } }` and the body breaks
 * off: there it gets `event: error`, which a page cannot tell from a lost connection, or a body that looks whole.
 *
 * @example
 * import { streamSSE } from 'perennial-sse/hono';
 *
 * app.get('/time', (c) =>
 *   streamSSE(c, async (stream) => {
 *     while (!stream.aborted) {
 *       await stream.writeSSE({ event: 'time', data: new Date().toISOString() });
 *       await stream.sleep(1000);
 *     }
 *   }),
 * );
 *
 * @param cb Writes the events. The body ends when its promise is fulfilled.
 * @param onError Is told of what `cb` throws, before the client is; it may still write. Without it, `console.error` is.
 * @throws {SSEOptionError} For a callback that is no function.
 */
export function streamSSE(
  c: HonoContext,
  cb: (stream: SSEStreamingApi) => Promise<void>,
  onError?: (error: Error, stream: SSEStreamingApi) => Promise<void>,
): Response;

/** What `streamSSE` hands to its callback. */
export interface SSEStreamingApi {
  /** Whether the client has left. */
  readonly aborted: boolean;
  /** Whether the body has ended. */
  readonly closed: boolean;
  /** The body of the response. */
  readonly responseReadable: ReadableStream<Uint8Array>;
  /**
   * Writes an event; resolves when the client takes more.
   *
   * @throws {SSEOptionError} If `event` or `id` contains a line break or NUL.
   */
  writeSSE(message: SSEMessage): Promise<void>;
  /** Writes text or bytes as they are. */
  write(input: Uint8Array | string): Promise<SSEStreamingApi>;
  /** Writes a line. */
  writeln(input: string): Promise<SSEStreamingApi>;
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<unknown>;
  /** Writes what another stream gives; cancels that one when the client leaves. */
  pipe(body: ReadableStream): Promise<void>;
  /** Calls back when the client leaves. */
  onAbort(listener: () => void | Promise<void>): void;
  /** Ends the stream as if the client had left. */
  abort(): void;
  /** Ends the body. */
  close(): Promise<void>;
}

/** An event for `writeSSE`. */
export interface SSEMessage {
  data: string | Promise<string>;
  event?: string;
  id?: string;
  /** When the browser is to come back, in milliseconds. */
  retry?: number;
}

/** What is needed of the `Context` of Hono. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  /** What middleware has put there by `set`. */
  // biome-ignore lint/suspicious/noExplicitAny: the application knows what it has put there.
  get(key: string): any;
  header(name: string, value?: string): void;
  newResponse(data: ReadableStream<Uint8Array> | null, init?: Response | ResponseInit): Response;
}
