/** What `authorize` tells of one who may connect: options of `hub.connect()`. */
export interface Authorized {
  /** Who it is. Nothing for one who is not known. */
  user?: string | null;
  /** What the client hears from the beginning. Defaults to none: then it hears broadcasts, and what is sent to its user. */
  channels?: readonly string[];
  /** Whatever the server wants to know of the client: `client.data`. */
  data?: unknown;
  /** When its connection ends: a `Date`, or milliseconds from now. */
  expires?: Date | number | null;
  /** When what it shows was issued: compared with the time of `hub.revoke()`. A `Date`, or milliseconds since 1970. */
  issuedAt?: Date | number | null;
  /**
   * The ticket that it shows, of `hub.ticket()`, instead of all the others; what is none is refused with 401. It opens the
   * stream alone: joining and leaving channels is refused with 403.
   */
  ticket?: unknown;
}

/**
 * Tells who may connect. For one who may not it gives `{ status }`, from 400 to 599, or nothing, which is 401; 204 also
 * makes an `EventSource` stop. An `SSEAuthError` with the code `ERR_SSE_UNAUTHORIZED`, as `jwtAuthorizer()` of
 * `perennial-sse/jwt` throws it, is its `status`. If it throws anything else, `onError` hears of it and the browser is told to come back in a while,
 * because a failing status would end its `EventSource` for good.
 */
export type Authorize<Request> = (
  request: Request,
) =>
  | Authorized
  | { status: number }
  | null
  | undefined
  | Promise<Authorized | { status: number } | null | undefined>;

/** Options of the routes of a hub. */
export interface HubRoutesOptions<Request> {
  /**
   * Whether the one who asks may join a channel that `authorize` does not name. Without it, none. The hub asks the
   * option of the same name of `createHub()` when such a client comes back.
   */
  admit?: (channel: string, request: Request) => boolean | Promise<boolean>;
  /** Hears what `authorize` throws where the stream is asked for. Defaults to `console.error`. */
  onError?: (error: unknown, request: Request) => void;
}
