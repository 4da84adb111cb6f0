import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Hub } from '../../index.js';
import type { Authorized } from './hub-route-types.js';

export type { Authorized } from './hub-route-types.js';

/**
 * The routes of a hub as a plugin of Fastify 5: `GET` of `path` is the stream, `POST` of `path/subscribe` and `path/unsubscribe`
 * take JSON, `{ "clientId", "channel" }`. These answer 204; 404 for a client that is not connected here, 403 for one of
 * another user and for a channel that is not open, 400 for anything else.
 *
 * All hooks run, and headers that they or other plugins set are sent, those of CORS, too.
 *
 * When the server closes, the hub is closed first: `await app.close()` resolves though streams were open.
 *
 * @example
 * import { createHub } from 'perennial-sse';
 * import { hubPlugin } from 'perennial-sse/fastify';
 *
 * const hub = createHub();
 * app.register(hubPlugin, {
 *   hub,
 *   authorize: (request: FastifyRequest) => ({ user: request.session.userId, channels: ['news'] }),
 * });
 *
 * @throws {SSEOptionError} For a wrong or unknown option, when the server gets ready.
 */
export function hubPlugin(app: unknown, options: HubPluginOptions): Promise<void>;

/** What every request of Fastify has; name `FastifyRequest` in your functions for the rest. */
export interface PluginRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
}

/** Options of {@link hubPlugin}. */
export interface HubPluginOptions {
  /** What `createHub()` returns. */
  hub: Hub;
  /**
   * Tells who may connect, and who posts. For one who may not it gives `{ status }`, from 400 to 599, or nothing, which is
   * 401; 204 also makes an `EventSource` stop. If it throws, `onError` hears of it and the browser is told to come back in
   * a while, because a failing status would end its `EventSource` for good.
   */
  authorize(
    request: PluginRequest,
  ): MaybePromise<Authorized | { status: number } | null | undefined>;
  /** Where the routes are. Defaults to `'/events'`. */
  path?: string;
  /**
   * Whether the one who asks may join a channel that `authorize` does not name. Without it, none. The hub asks the
   * option of the same name of `createHub()` when such a client comes back.
   */
  admit?(channel: string, request: PluginRequest): MaybePromise<boolean>;
  /** Hears what `authorize` throws where the stream is asked for. Defaults to the log of the request. */
  onError?(error: unknown, request: PluginRequest): void;
  /**
   * How clients are let go when the server closes, as of `hub.close()`; `false` leaves that to you. A Fastify that closes
   * answers 503, which ends an `EventSource` for good: let `spread` be shorter than the least `retryDelay` of the hub.
   * Defaults to `{ spread: 1000, deadline: 5000 }`.
   */
  close?: { spread?: number; deadline?: number } | false;
}

type MaybePromise<Value> = Value | Promise<Value>;
