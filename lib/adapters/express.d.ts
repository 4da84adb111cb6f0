import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hub } from '../../index.js';
import type { Authorize, HubRoutesOptions } from './hub-route-types.js';

export type { Authorize, Authorized, HubRoutesOptions } from './hub-route-types.js';

/**
 * The routes of a hub for Express 4 and 5, and for everything else that calls `(req, res, next)`.
 *
 * `subscribe` and `unsubscribe` take JSON, `{ "clientId", "channel" }`, whether `express.json()` runs before them or not. They
 * answer 204; 404 for a client that is not connected here, 403 for one of another user and for a channel that is not
 * open, 400 for anything else.
 *
 * @example
 * import type { Request } from 'express';
 * import { createHub } from 'perennial-sse';
 * import { hubRoutes } from 'perennial-sse/express';
 *
 * const hub = createHub();
 * const events = hubRoutes(hub, (req: Request) => ({ user: req.session.userId, channels: ['news'] }));
 * app.get('/events', events.stream);
 * app.post('/events/subscribe', events.subscribe);
 * app.post('/events/unsubscribe', events.unsubscribe);
 *
 * @param hub What `createHub()` returns.
 * @param authorize Tells who may connect, and who posts.
 * @throws {SSEOptionError} For a wrong argument.
 */
export function hubRoutes<Request extends IncomingMessage = IncomingMessage>(
  hub: Hub,
  authorize: Authorize<Request>,
  options?: HubRoutesOptions<Request>,
): HubRoutes<Request>;

/** A handler of Express. */
export type Handler<Request extends IncomingMessage = IncomingMessage> = (
  req: Request,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/** What {@link hubRoutes} returns. */
export interface HubRoutes<Request extends IncomingMessage = IncomingMessage> {
  /** The stream of events, for `app.get()`; for `app.all()` if the hub answers the preflights of other origins. */
  stream: Handler<Request>;
  /** Lets a client of the one who posts join a channel. */
  subscribe: Handler<Request>;
  /** Lets it leave one. */
  unsubscribe: Handler<Request>;
}
