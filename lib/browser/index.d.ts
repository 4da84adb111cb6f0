/**
 * Perennial where there is no Node.js: browsers, workers, edge runtimes, also Deno and Bun. `connect` is a
 * client on `fetch`; what needs the native core throws an {@link SSERequestError} that says so.
 *
 * Times are milliseconds, sizes are bytes. `null` disables a limit where the type allows it.
 */

import type {
  BodyInput,
  CloseInfo,
  EventTimeout,
  ConnectOptions as NodeConnectOptions,
  EventStreamEvents as NodeEventStreamEvents,
  OpenInfo,
  ResponseHeaders,
  RetryOptions,
  RetryPresets,
  RetryRange,
  RetryState,
  ServerSentEvent,
  StreamStats,
} from '../../index.js';

export * from '../../index.js';

/** The events of an {@link EventStream} and what their listeners get. */
export interface EventStreamEvents extends NodeEventStreamEvents {
  /** The page was left, or is hidden with `pauseWhenHidden`, and the connection is closed until it is back. */
  pause: [];
}

/** The name of an event of an {@link EventStream}. */
export type EventStreamEventName = keyof EventStreamEvents;

/** A listener for one event of an {@link EventStream}. */
export type EventStreamListener<K extends EventStreamEventName> = (
  ...args: EventStreamEvents[K]
) => void;

/** What an attempt may depend on. */
export type PerAttempt<T> =
  | T
  | ((context: {
      readonly attempt: number;
      readonly lastEventId: string;
      readonly error: import('../../index.js').SSEError | null;
    }) => T | Promise<T>);

/**
 * Deadlines in milliseconds; `null` disables one. Each ends in `ERR_SSE_TIMEOUT`. Time in which the page
 * was frozen, or the machine slept, is no silence.
 */
export interface Timeouts {
  /** From the request to the response headers. Defaults to `30000`, `300000` unless GET or HEAD. */
  headers?: number | null;
  /** Without a single byte. Two to four times the server's heartbeat. Defaults to `300000`. */
  idle?: number | null;
  /** Without an event; comments never count, nor do those named in `ignore`. Defaults to `null`. */
  event?: EventTimeout | null;
  /** The whole life of the stream, retries included. Defaults to `null`. */
  total?: number | null;
}

/**
 * Options of {@link connect} in a browser. An unknown one is an error, as is one that a browser cannot obey:
 * `pool`, `affinity`, `tls`, `proxy`, `http2`, `maxRedirects` and `timeouts.connect`.
 */
export interface ConnectOptions
  extends Pick<
    NodeConnectOptions,
    | 'accept'
    | 'dedupe'
    | 'incomplete'
    | 'mailbox'
    | 'maxEventSize'
    | 'method'
    | 'shouldRetry'
    | 'signal'
    | 'terminal'
  > {
  /**
   * Headers to send; not those that the browser sets. `Accept: text/event-stream` is sent unless set here; with
   * methods other than GET and HEAD an `Idempotency-Key`, the same for all attempts. With headers or a body
   * of yours no redirect is followed. Defaults to none.
   */
  headers?: PerAttempt<
    | Headers
    | Readonly<Record<string, string | number | readonly string[] | undefined>>
    | Iterable<readonly [name: string, value: string]>
    | null
    | undefined
  >;
  /** The body; not with GET or HEAD. Browsers may send it twice: see `headers`. Defaults to none. */
  body?: PerAttempt<BodyInput | null | undefined>;
  /** The id to resume after, at most 4 KiB and without control characters. Defaults to `""` (none). */
  lastEventId?: string;
  /**
   * Where the id goes: into the header `Last-Event-ID`, which to another origin costs a preflight that
   * the server must answer, or into a parameter of the query. Defaults to `'header'`.
   */
  resume?: 'header' | { query: string };
  /** As for `fetch`. Defaults to `'same-origin'`. */
  credentials?: 'same-origin' | 'include' | 'omit';
  /**
   * When to try again: a policy, the name of one, or `false` for never. As in Node.js, but `minDelay` defaults to `1000`, or to
   * `baseDelay` or `maxDelay` if that is less.
   */
  retry?: RetryOptions | keyof RetryPresets | false;
  /** The range into which a server's `retry:` is clamped. `min` defaults to `1000`, `max` to one hour. */
  retryRange?: RetryRange;
  /** Deadlines. Defaults as {@link Timeouts} says. */
  timeouts?: Timeouts;
  /**
   * Whether the connection is closed while the page is hidden, and opened again when it is shown. Defaults
   * to `false`: what a person waits for goes on.
   */
  pauseWhenHidden?: boolean;
  /**
   * Whether all tabs of the origin that ask for the same share one connection: in a `SharedWorker`, else in one of
   * the tabs. Each tab hears the events from when it comes; `lastEventId` is that of the first. Only for GET, without
   * functions among the options and without `pauseWhenHidden`. Defaults to `false`.
   */
  share?: boolean;
}

/**
 * A stream of events: an async iterable and an emitter. Both may be used at once; the iterator then sets
 * the pace. Made by {@link connect}. When the page is left, it disconnects, and when the page comes
 * back, it resumes after its last event.
 */
export class EventStream implements AsyncIterable<ServerSentEvent> {
  private constructor();

  /** Connecting, or waiting to. */
  static readonly CONNECTING: 0;
  /** Events may arrive. */
  static readonly OPEN: 1;
  /** Over. */
  static readonly CLOSED: 2;
  /** Connecting, or waiting to. */
  readonly CONNECTING: 0;
  /** Events may arrive. */
  readonly OPEN: 1;
  /** Over. */
  readonly CLOSED: 2;

  /** Where the stream is. */
  readonly readyState: 0 | 1 | 2;
  /** The URL of the last response, before the first one the URL asked for, or `""` for a function. */
  readonly url: string;
  /** The status of the last response that was a stream; `undefined` before the first. */
  readonly status: number | undefined;
  /** The headers of the last response that was a stream; `undefined` before the first. */
  readonly headers: ResponseHeaders | undefined;
  /** The id of the last event delivered to you, `""` for none: safe to store and to resume after. */
  readonly lastEventId: string;
  /** Counters, as of now. */
  readonly stats: StreamStats;
  /** Where reconnecting stands, as of now. */
  readonly retryState: RetryState;
  /** Resolves at the first connection; rejects as in Node.js. It need not be handled. */
  readonly opened: Promise<OpenInfo>;
  /** Resolves when the stream is over and its events were taken; rejects as in Node.js. */
  readonly closed: Promise<CloseInfo>;

  /** Ends the stream quietly and closes its connection; no event and no attempt follows. */
  close(): void;
  /** Stops deliveries to listeners; what waits beyond `mailbox` is then not read. */
  pause(): this;
  /** Goes on with deliveries. */
  resume(): this;
  /** Whether {@link EventStream.pause} is in force. */
  isPaused(): boolean;
  /** Does nothing: for programs that run in Node.js, too. */
  ref(): this;
  /** Does nothing: for programs that run in Node.js, too. */
  unref(): this;
  /** Starts the count of retries and the growth of waits anew. */
  resetRetries(): void;
  /** Drops the connection, or the wait for one, and connects at once. Without effect when over. */
  reconnect(): void;

  /**
   * The only iterator. Rejects, after the events that waited, with the failure that ended the stream or
   * with `signal.reason`. Leaving the loop closes the stream.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when there is one already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ServerSentEvent>;

  on<K extends EventStreamEventName>(name: K, listener: EventStreamListener<K>): this;
  once<K extends EventStreamEventName>(name: K, listener: EventStreamListener<K>): this;
  off<K extends EventStreamEventName>(name: K, listener: EventStreamListener<K>): this;
  addListener<K extends EventStreamEventName>(name: K, listener: EventStreamListener<K>): this;
  removeListener<K extends EventStreamEventName>(name: K, listener: EventStreamListener<K>): this;
  prependListener<K extends EventStreamEventName>(name: K, listener: EventStreamListener<K>): this;
  prependOnceListener<K extends EventStreamEventName>(
    name: K,
    listener: EventStreamListener<K>,
  ): this;
  /** Takes away the listeners of one event, or all. */
  removeAllListeners(name?: EventStreamEventName): this;
  /** How many listeners an event has. */
  listenerCount(name: EventStreamEventName): number;
}

/**
 * Opens a stream of Server-Sent Events, with any HTTP method. It dials in a microtask. Events wait until the
 * first event listener or `next()` asks for them.
 *
 * @param url An `http:` or `https:` URL, relative ones to that of the page, or a function that gives the URL
 *   of each attempt. Without user name and password.
 * @param options Checked at once.
 * @throws {SSEOptionError} At once, for the first option that is wrong, unknown or not for browsers.
 * @throws {SSERequestError} At once, where there is no `fetch`.
 */
export function connect(url: PerAttempt<string | URL>, options?: ConnectOptions): EventStream;
