/// <reference types="node" />

/**
 * Perennial: Server-Sent Events that never run dry.
 *
 * Times are milliseconds, sizes are bytes. `null` disables a limit where the type allows it.
 */

import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Writable } from 'node:stream';

/** The version of this package, such as `"1.2.3"`. */
export const version: string;

/**
 * Opens a stream of Server-Sent Events, with any HTTP method.
 *
 * It dials on the next tick. Events wait until the first event listener or `next()` asks for them.
 *
 * Listeners and functions among the options run in the asynchronous context (`AsyncLocalStorage`) in
 * which `connect` was called.
 *
 * @example
 * for await (const event of connect('https://example.com/events')) console.log(event.data);
 *
 * @param url An absolute `http:` or `https:` URL, or a function that gives the URL of each attempt.
 *   A user name and password in it become an `Authorization: Basic` header, unless `headers` has
 *   an `authorization` of its own; `url`, errors and logs never show them. With
 *   {@link ConnectOptions.pool} a path below the base URL of whichever endpoint is asked, such as
 *   `"events"`.
 * @param options Copied at once; later changes to it have no effect.
 * @throws {SSEOptionError} At once, for the first option that is wrong or unknown.
 */
export function connect(url: PerAttempt<string | URL>, options?: ConnectOptions): EventStream;

// Events

/** One event, a plain object: spreading it and `JSON.stringify` work. */
export interface ServerSentEvent {
  /** Its name; `"message"` when the server gave none. */
  event: string;
  /** Its data, lines joined by LF. Never parsed. */
  data: string;
  /** The `id` field of this very event; `undefined` when it had none, `""` when it reset the id. */
  id: string | undefined;
  /** The last id seen up to and including this event (WHATWG HTML 9.2.6); `""` for none. */
  lastEventId: string;
  /** The `retry` field of this very event, in milliseconds and unclamped; absent without one. */
  retry?: number;
}

// Options of connect

/** What an attempt may depend on. */
export interface AttemptContext {
  /** 1 for the first attempt of the stream, counted without resets. */
  readonly attempt: number;
  /** The id that this attempt sends as `Last-Event-ID`; `""` for none. */
  readonly lastEventId: string;
  /** Why the attempt before this one ended; `null` at the first and after a clean end. */
  readonly error: SSEError | null;
}

/** What {@link ConnectOptions.shouldRetry} may depend on. */
export interface ShouldRetryContext {
  /** Which attempt of the stream failed, from 1. */
  readonly attempt: number;
  /** The id that a retry would send as `Last-Event-ID`; `""` for none. */
  readonly lastEventId: string;
  /** What `retry` would decide. */
  readonly retry: boolean;
}

/**
 * A value, or a function that gives it for each attempt, also later (a promise). A function that
 * throws, or takes longer than `timeouts.connect`, ends the stream with `ERR_SSE_CALLBACK`.
 */
export type PerAttempt<T> = T | ((context: AttemptContext) => T | Promise<T>);

/** Header values; non-ASCII text is sent as UTF-8. `undefined` leaves a header out. */
export type HeadersInput =
  | Headers
  | Readonly<Record<string, string | number | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>;

/**
 * A request body. A plain object or array is sent as JSON. Unless `headers` has a `content-type`,
 * it is `application/json` for these, `application/x-www-form-urlencoded;charset=UTF-8` for
 * `URLSearchParams`, `text/plain;charset=UTF-8` for a string, and none for bytes.
 */
export type BodyInput = string | Uint8Array | ArrayBuffer | URLSearchParams | object;

/** An event that completes a stream: every given member must be equal. */
export interface TerminalPattern {
  /** The name of the event, `"message"` for one without. */
  event?: string;
  /** The whole data of the event. */
  data?: string;
}

/** How waits are spread, so that many clients do not return in one instant. */
export type Jitter =
  /** No spread. */
  | 'none'
  /** Anywhere between `minDelay` and the delay. */
  | 'full'
  /** Anywhere between half of the delay and the delay. */
  | 'equal'
  /** Anywhere between `baseDelay` and three times the wait before. */
  | 'decorrelated'
  /** The delay, more or less this share of it, 0 to 1. */
  | { ratio: number }
  /** The delay, and up to this many milliseconds. */
  | { add: number }
  /** The delay, and up to this share of it, 0 to 1. */
  | { addRatio: number };

/** When to try again, and after how long. */
export interface RetryOptions {
  /**
   * How many times in a row to try again before giving up; the first attempt is not one of them.
   * Progress starts the count, and the growth of waits, anew: an event with a new id; without ids, a
   * connection that delivered an event and then ended cleanly or outlived the wait before it; or one
   * that stayed up for `resetAfter`. Events named in `timeouts.event.ignore` are no progress. Defaults
   * to `null` (without limit) for GET and HEAD, to `2` for other methods.
   */
  attempts?: number | null;
  /**
   * The first wait in milliseconds; a `retry:` of the server replaces it. Defaults to `1000`, for
   * `EventSource` to `3000`.
   */
  baseDelay?: number;
  /** What each further wait is multiplied by, at least 1. Defaults to `2`. */
  factor?: number;
  /** The longest wait in milliseconds, spread included. Defaults to `30000`. */
  maxDelay?: number;
  /** The shortest wait in milliseconds. Defaults to `100`, or `maxDelay` if that is less. */
  minDelay?: number;
  /**
   * How waits are spread; the result stays in [`minDelay`, `maxDelay`]. Defaults to `'equal'`, for
   * `EventSource` to `{ addRatio: 0.2 }`: the standard lets it wait longer than told, not shorter.
   */
  jitter?: Jitter;
  /** How long one outage may last, in milliseconds, before giving up. Defaults to `null`. */
  elapsed?: number | null;
  /** How long a connection must stay up, in ms, to be progress without an event. Defaults to `60000`. */
  resetAfter?: number;
  /**
   * Instead of giving up, wait this many milliseconds, without spread but at least `minDelay`, and begin
   * to count anew. Defaults to `null`.
   */
  recoverAfter?: number | null;
  /**
   * The HTTP statuses after which to try again, whatever `unsafe` says. Defaults to 408, 409, 425, 429,
   * 500, 502, 503 and 504 for GET and HEAD; for other methods to 408, 425 and 429, with `unsafe` also
   * 500, 502, 503 and 504; for `EventSource` to none.
   */
  statuses?: readonly number[];
  /**
   * Whether a request with a method other than GET and HEAD, sent in full and then cut before the
   * first event, or answered with 500, 502, 503 or 504 (a gateway may have passed it on), may be sent
   * again: the server may act on it twice. Defaults to `false`.
   */
  unsafe?: boolean;
}

/**
 * Policies that have a name: `retry: 'patient'`. What one does not say is as {@link RetryOptions} says.
 *
 * @example
 * connect('https://example.com/events', { retry: 'patient' });
 *
 * @throws {SSEOptionError} For another name; the message has all three.
 */
export interface RetryPresets {
  /**
   * For a stream that is to be there all day: ten attempts with growing waits, then a rest of one hour, and anew.
   * `{ attempts: 10, baseDelay: 1000, factor: 2, maxDelay: 30000, jitter: { ratio: 0.25 }, recoverAfter: 3600000 }`.
   */
  patient: RetryOptions;
  /**
   * As the standard's `EventSource`: without limit after a connection that broke, and not at all after a status.
   * `{ baseDelay: 3000, jitter: { addRatio: 0.2 }, statuses: [] }`.
   */
  browser: RetryOptions;
  /**
   * For a request whose user waits: two more attempts within seconds or as `Retry-After` says, and none where the server may
   * have acted. `{ attempts: 2, baseDelay: 500, maxDelay: 8000, unsafe: false }`.
   */
  api: RetryOptions;
}

/** The range into which a server's `retry:` is clamped. */
export interface RetryRange {
  /** Milliseconds. Defaults to `100`. */
  min?: number;
  /** Milliseconds. Defaults to `3600000` (one hour). */
  max?: number;
}

/** Deadlines in milliseconds; `null` disables one. Each ends in `ERR_SSE_TIMEOUT`. */
export interface Timeouts {
  /** Name resolution, TCP and TLS together; also each callback. Defaults to `10000`. */
  connect?: number | null;
  /** From connected to the response headers. Defaults to `30000`, `300000` unless GET or HEAD. */
  headers?: number | null;
  /** Without a single byte. Two to four times the server's heartbeat. Defaults to `300000`. */
  idle?: number | null;
  /** Without an event; comments never count, nor do those named in `ignore`. Defaults to `null`. */
  event?: EventTimeout | null;
  /** The whole life of the stream, retries included. Defaults to `null`. */
  total?: number | null;
}

/** The deadline for events, where a relay's heartbeats hide that its source has gone. */
export interface EventTimeout {
  /** Milliseconds; `null` for none. */
  ms: number | null;
  /** Names of events that are mere heartbeats, such as `'ping'`. Defaults to `[]`. */
  ignore?: readonly string[];
}

/** How much may wait for a slow consumer before the socket is no longer read. */
export interface MailboxOptions {
  /** Events. Defaults to `8192`. */
  events?: number;
  /** Bytes; an event larger than this enters an empty mailbox alone. Defaults to 8 MiB. */
  bytes?: number;
}

/** PEM text, as text or bytes, or several of it. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** Certificates. Never shown in errors. */
export interface TLSOptions {
  /**
   * Roots to trust beside those of the system, the bundled ones and `NODE_EXTRA_CA_CERTS`.
   * Defaults to none.
   */
  ca?: Pem;
  /**
   * The client's certificate chain; needs `key`. Shown to the origin of the stream's URL alone: not
   * after a redirect to another origin, nor to a proxy. Defaults to none.
   */
  cert?: Pem;
  /** The client's private key, not encrypted; needs `cert`. Defaults to none. */
  key?: Pem;
  /**
   * `false` accepts any certificate of the origin of the stream's URL: every machine on the way may then read
   * the stream. Those of other origins and of proxies are verified all the same. Defaults to `true`.
   */
  rejectUnauthorized?: boolean;
}

/** Options of {@link connect}. An unknown one is an error, here and in every group. */
export interface ConnectOptions {
  /**
   * The HTTP method, in any case; not CONNECT or TRACE. Defaults to `'POST'` with a `body`, else
   * `'GET'`.
   */
  method?: string;
  /**
   * Headers to send. `Accept: text/event-stream` is sent unless set here. Must not set what the
   * transport sets: `host`, `content-length`, `transfer-encoding`, `connection` and their like. A
   * `last-event-id` is taken for the option `lastEventId`, but not from a function. Defaults to none.
   */
  headers?: PerAttempt<HeadersInput | null | undefined>;
  /** The body; not with GET or HEAD. Defaults to none. */
  body?: PerAttempt<BodyInput | null | undefined>;
  /** The id to resume after, sent as `Last-Event-ID`. Defaults to `""` (none). */
  lastEventId?: string;
  /** Aborting it closes the stream, and iterators and promises reject with `signal.reason`. */
  signal?: AbortSignal | null;
  /** When to try again: a policy, the name of one, or `false` for never. Defaults as {@link RetryOptions} says. */
  retry?: RetryOptions | keyof RetryPresets | false;
  /** The range into which a server's `retry:` is clamped. Defaults to 100 ms to one hour. */
  retryRange?: RetryRange;
  /**
   * Asked after every failure: `true` retries, `false` ends the stream, `undefined` leaves it to
   * `retry`. Bounds such as `retry.attempts` hold also for `true`, and it never repeats a request
   * other than GET and HEAD after an event of it was delivered. Answers within `timeouts.connect`.
   * Defaults to none.
   */
  shouldRetry?: (
    error: SSEError,
    context: ShouldRetryContext,
  ) => boolean | undefined | Promise<boolean | undefined>;
  /** Deadlines. Defaults as {@link Timeouts} says. */
  timeouts?: Timeouts;
  /**
   * What completes the stream: the data of an event (`'[DONE]'`), a pattern, several of these, or
   * a function of each event. Once declared, a POST that ends without it fails with
   * `ERR_SSE_TRUNCATED`. Defaults to none: the end of the body completes a POST.
   */
  terminal?:
    | string
    | TerminalPattern
    | readonly (string | TerminalPattern)[]
    | ((event: ServerSentEvent) => boolean)
    | null;
  /**
   * What else to take for a stream in `Content-Type`, for gateways with a wrong one: a media type,
   * with parameters (then they must be the same) or without, or anything that a server writes there,
   * literally but for case; no wildcards. `text/event-stream` always is one. Defaults to `[]`.
   */
  accept?: readonly string[];
  /**
   * Whether to drop events that a server sends again after a reconnect although they were
   * delivered: same id, name and data, in order; `stats.duplicates` counts them. What begins the
   * replay must have an id. Ids need not be unique: one with other data is another event. Defaults to
   * `false`.
   */
  dedupe?: boolean;
  /**
   * What to do with a last event whose blank line never came. WHATWG HTML 9.2.5 discards it; some
   * LLM gateways forget the line. It is tried on `terminal` in either case. Defaults to `'discard'`.
   */
  incomplete?: 'discard' | 'deliver';
  /** The largest event in bytes; a larger one is `ERR_SSE_SIZE`. Defaults to 64 MiB. */
  maxEventSize?: number | null;
  /** How much may wait for the consumer. Defaults as {@link MailboxOptions} says. */
  mailbox?: MailboxOptions;
  /**
   * How many redirects an attempt may follow, 0 to 100. To another origin (also from `http:` to
   * `https:`) go only `Accept`, `Accept-Language`, `Accept-Encoding`, `Cache-Control` and
   * `Last-Event-ID`; all other headers, `tls.cert`, `tls.key` and `tls.rejectUnauthorized: false`
   * stay behind, and a body is never sent again. Defaults to `20`.
   */
  maxRedirects?: number;
  /** Certificates. Defaults as {@link TLSOptions} says. */
  tls?: TLSOptions;
  /**
   * The proxy: an `http:`, `https:`, `socks5:` or `socks5h:` URL, with user name and password if it
   * demands them; `false` for none. Defaults to what `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and
   * `NO_PROXY` said when the first stream of the process was opened.
   */
  proxy?: string | URL | false;
  /**
   * Whether to use HTTP/2, at most 64 streams a connection. Over `https:` a server without it is
   * spoken to in HTTP/1.1; over `http:` it must know HTTP/2. Defaults to `false`.
   */
  http2?: boolean;
  /** Where to connect to; each attempt asks the endpoint that is best then. Defaults to none. */
  pool?: EndpointPool;
  /**
   * Who the caller is, such as the id of a user: it stays on the same side of a canary. Only its
   * hash is used, and without a pool not even that. Defaults to a new place for each attempt.
   */
  affinity?: string;
}

// EventStream

/**
 * Why a stream is over:
 * - `terminal`: the event that `terminal` declares was seen.
 * - `end`: the body ended, and nothing was declared (methods other than GET and HEAD; also these,
 *   with `retry: false`).
 * - `no-content`: the server answered 204: do not come back.
 * - `closed`: `close()`, or leaving a `for await`.
 * - `aborted`: the signal.
 * - `error`: a failure that no retry made good.
 */
export type CloseReason = 'terminal' | 'end' | 'no-content' | 'closed' | 'aborted' | 'error';

/** Response headers: null prototype, names in lower case, repeated values joined by `, `. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** What a connection opened with. */
export interface OpenInfo {
  /** The HTTP status. */
  readonly status: number;
  /** The response headers. */
  readonly headers: ResponseHeaders;
  /** The URL after redirects, without user name and password. */
  readonly url: string;
}

/** An attempt that starts. */
export interface AttemptInfo {
  /** Which attempt of the stream, from 1. */
  readonly attempt: number;
  /** The id that it sends as `Last-Event-ID`; `""` for none, as for every answer. */
  readonly lastEventId: string;
}

/** A wait before another attempt. */
export interface RetryInfo {
  /** Which retry in a row is coming, from 1; 0 for a recovery, and for a first attempt that waits. */
  readonly attempt: number;
  /** `retry.attempts`; `null` without limit. Other keys of a pool are tried beyond it. */
  readonly maxAttempts: number | null;
  /** How long it waits, in milliseconds. */
  readonly delay: number;
  /** Whether attempts were used up and `retry.recoverAfter` begins the count anew. */
  readonly recovery: boolean;
  /** Why; `null` when the body merely ended. `ERR_SSE_POOL` while all keys of a pool rest. */
  readonly error: SSEError | null;
}

/** How a stream ended. */
export interface CloseInfo {
  readonly reason: CloseReason;
  /** The failure, with reason `error` only. */
  readonly error?: SSEError;
}

/** A failure, as {@link StreamStats} keeps it. */
export interface FailureRecord {
  /** When, in milliseconds since 1970, as `Date.now()` counts. */
  readonly at: number;
  /** Which attempt it ended, from 1; 0 before the first. */
  readonly attempt: number;
  /** Its code. */
  readonly code: ErrorCode;
  /** Its sentence. */
  readonly message: string;
}

/** Counters of a stream since its beginning. They hold no URL, header or data. */
export interface StreamStats {
  /** Connections tried. */
  readonly attempts: number;
  /** Of these, how many came after another. */
  readonly retries: number;
  /** The last failures, at most 16, oldest first; also those that a retry made good. */
  readonly errors: readonly FailureRecord[];
  /** How many failures there were in all. */
  readonly errorCount: number;
  /** The last of them, code and sentence; `null` without one. */
  readonly lastError: string | null;
  /** Milliseconds without a connection since the first one opened. */
  readonly downtime: number;
  /** Milliseconds since the present connection opened; 0 without one. */
  readonly connectedFor: number;
  /** Events parsed. */
  readonly events: number;
  /** Events that `dedupe` dropped. */
  readonly duplicates: number;
  /** Body bytes received, after decompression. */
  readonly bytes: number;
}

/** Where reconnecting stands. */
export interface RetryState {
  /** What the engine is doing, to print: `open`, `connecting (attempt 3)`, `waiting (1000 ms)`. */
  readonly state: string;
  /** Retries in a row without a stable connection. */
  readonly attempt: number;
  /** The wait that is under way, in whole and in milliseconds; `null` without one. */
  readonly delay: number | null;
}

/** The events of an {@link EventStream} and what their listeners get. */
export interface EventStreamEvents {
  /** An attempt starts, before its callbacks are asked and its request is sent. */
  attempt: [info: AttemptInfo];
  /** A connection opened, the first one or a later one. */
  open: [info: OpenInfo];
  /** Every event, whatever its name. A listener starts the flow. */
  event: [event: ServerSentEvent];
  /** A comment, without its colon; at most its first 4 KiB. Starts no flow. */
  comment: [text: string];
  /**
   * The stream waits and will try again. Like every lifecycle event it comes in order for listeners;
   * a `for await` may still have events of before to take.
   */
  retry: [info: RetryInfo];
  /** Once, for the failure that ends the stream. Without a listener nothing is thrown. */
  error: [error: SSEError];
  /** Once, last of all. */
  close: [info: CloseInfo];
  /** The events of one name, `event:message` for those without. A listener starts the flow. */
  [name: `event:${string}`]: [event: ServerSentEvent];
}

/** The name of an event of an {@link EventStream}. */
export type EventStreamEventName = keyof EventStreamEvents;

/** A listener for one event of an {@link EventStream}. */
export type EventStreamListener<K extends EventStreamEventName> = (
  ...args: EventStreamEvents[K]
) => void;

/**
 * A stream of events: an async iterable and an emitter. Both may be used at once, and each then
 * sees every event. Made by {@link connect}.
 *
 * An open or reconnecting stream keeps the process alive; see {@link EventStream.unref}. A listener
 * that throws surfaces as an uncaught exception; the stream goes on. Removing the last listener
 * for events pauses it.
 *
 * As other emitters, it tells `errorMonitor` of `node:events` of its failure, and obeys
 * `captureRejections`: an async listener that rejects is then emitted as `error`, and the stream
 * goes on.
 *
 * Listeners, and the functions given to {@link connect}, run in the asynchronous context
 * (`AsyncLocalStorage`) in which the stream was made: a stream that several requests share keeps the
 * context of the one that made it. Code that iterates or awaits keeps its own.
 */
export class EventStream extends EventEmitter implements AsyncIterable<ServerSentEvent> {
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
  /**
   * The URL of the last response, after redirects; before the first one, the URL asked for, or
   * `""` while a function or a pool is to say. Without user name, password and fragment; with its query, so
   * do not log it.
   */
  readonly url: string;
  /** The status of the last response that was a stream; `undefined` before the first. */
  readonly status: number | undefined;
  /** The headers of the last response that was a stream; `undefined` before the first. */
  readonly headers: ResponseHeaders | undefined;
  /**
   * The id of the last event delivered to you, `""` for none: safe to store and to resume after.
   * A reconnect sends the last id received, which may be ahead of it.
   */
  readonly lastEventId: string;
  /** Counters, as of now. */
  readonly stats: StreamStats;
  /** Where reconnecting stands, as of now. */
  readonly retryState: RetryState;

  /**
   * Resolves at the first connection. Rejects with the failure that ended the stream before one,
   * with `signal.reason`, or with `ERR_SSE_CLOSED`. It need not be handled.
   */
  readonly opened: Promise<OpenInfo>;
  /**
   * Resolves when the stream is over, and the events before its end were taken: without a listener
   * or iterator for them it waits. Rejects with the failure that ended it, or with `signal.reason`.
   * It need not be handled.
   */
  readonly closed: Promise<CloseInfo>;

  /** Ends the stream quietly and closes its connection; no event and no attempt follows. */
  close(): void;
  /** Stops deliveries to listeners; a full mailbox then stops reading the socket. */
  pause(): this;
  /** Goes on with deliveries. */
  resume(): this;
  /** Whether {@link EventStream.pause} is in force. */
  isPaused(): boolean;
  /** Lets the stream keep the process alive, as it does unless told otherwise. */
  ref(): this;
  /** Lets the process exit although the stream is not over. */
  unref(): this;
  /** Starts the count of retries and the growth of waits anew. */
  resetRetries(): void;
  /** Drops the connection, or the wait for one, and connects at once. Without effect when over. */
  reconnect(): void;

  /**
   * The stream encoded as Server-Sent Events. Takes the place of the iterator. A failure rejects; the
   * last bytes before it were given a second earlier, so that every framework has sent them.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   * @throws {SSEOptionError} For wrong options.
   */
  toReadableStream(options?: OutputOptions): ReadableStream<Uint8Array>;
  /**
   * A response for a web framework. A failure before the first event becomes its status; when
   * there is no event after `decideWithin`, it begins with 200 and a comment. Cancelling its body
   * closes the stream. A later failure breaks the body off, a second after the last bytes.
   *
   * @param request What is answered, of which only the method counts: a HEAD is answered with the head
   *   at once, and closes the stream. Frameworks that serve HEAD by a route for GET (Next.js, Hono)
   *   drop the body unread, so without the request the stream stays open until it is collected.
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   * @throws {SSEOptionError} For wrong options.
   */
  toResponse(request: { readonly method: string }, options?: ToResponseOptions): Promise<Response>;
  toResponse(options?: ToResponseOptions): Promise<Response>;
  /**
   * Writes the encoded stream to a response of `node:http` or any writable. Of a response whose
   * headers are not sent, a failure before the first event becomes the status, as in
   * {@link EventStream.toResponse}. Resolves when the stream is over; when the client leaves, the
   * stream is closed; a later failure destroys `destination`, a second after the last bytes, and
   * rejects. So does an error of a destination that is no response. To HTTP/1.0, where the end of
   * the connection is the end of the body, the connection is reset. A HEAD is answered with the
   * head at once, and closes the stream.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   */
  pipe(destination: Writable, options?: ToResponseOptions): Promise<void>;

  /**
   * The only iterator. Rejects, after the events that waited, with the failure that ended the
   * stream or with `signal.reason`. Leaving the loop closes the stream.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when there is one already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ServerSentEvent>;
  /** Closes the stream, at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void>;

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
}

/** Options of `toReadableStream`, `toResponse` and `pipe`. */
export interface OutputOptions {
  /**
   * How long nothing may be sent before a comment is, in milliseconds: while a model thinks, or the
   * stream waits to reconnect. `null` for never. Nothing is sent while the client does not read what it
   * has, nor before the head of a response. Below the limits of proxies, of which nginx waits for
   * 60 s and others for 30. Defaults to `15000`.
   */
  heartbeat?: number | null;
}

/** Options of `toResponse` and `pipe`. */
export interface ToResponseOptions extends OutputOptions {
  /**
   * How long to wait for the first event before deciding on 200, in milliseconds; `null` waits as
   * long as it takes, and sends nothing meanwhile, no heartbeat either. Defaults to `1000`.
   */
  decideWithin?: number | null;
  /**
   * Whether the client hears what happens to the stream, once the response has begun: `event: retry`, data
   * `{ attempt, delay, error: { code, message, kind } }`, before each wait; `event: reset` where an answer begins
   * anew; `event: failure`, data `{ error: { code, message, kind } }`, before a failure breaks the body off.
   * Defaults to `false`.
   */
  notices?: boolean;
  /**
   * In which words chunks of Chat Completions, such as those of an answer, are told: `events` as they are, `ai-sdk` as
   * the UI message stream of `ai` 7, for `useChat` of `@ai-sdk/react` 4. There a failure is a part, and the body ends;
   * with `notices`, retries are transient parts `data-retry`. Defaults to `'events'`.
   */
  format?: 'events' | 'ai-sdk';
}

// Answers of language models

/**
 * Streams one answer of a language model.
 *
 * It asks on the next tick. An answer that is not taken piece by piece is collected in the core, so
 * that only the result is handed over. What comes before the first piece of the answer is tried
 * again by `retry`; what breaks after it goes on by `resume`, or ends in an error with the partial
 * answer. It is complete only if the provider says so: a connection that ends early is no end.
 *
 * @example
 * const answer = chat({ baseUrl, apiKey, model: 'gpt-4.1', messages });
 * for await (const text of answer.textStream) process.stdout.write(text);
 *
 * @param options Copied at once; later changes to it have no effect.
 * @throws {SSEOptionError} At once, for the first option that is wrong, unknown or contradictory.
 */
export function chat(options: ChatOptions): ChatStream;

/**
 * Who answers. `openai`, and those after it up to `holysheep`, are asked in the dialect of Chat
 * Completions, as is nearly every other server: name it `openai`. `responses` is the newer API of
 * OpenAI, `ollama` Ollama's own (its `/v1` is that of `openai`).
 */
export type ChatProvider =
  | 'openai'
  | 'azure'
  | 'deepseek'
  | 'qwen'
  | 'kimi'
  | 'zai'
  | 'mistral'
  | 'groq'
  | 'xai'
  | 'openrouter'
  | 'vllm'
  | 'holysheep'
  | 'responses'
  | 'anthropic'
  | 'gemini'
  | 'ollama';

/**
 * What to do when an answer breaks after its first piece:
 * - `fail`: it ends in an error that has the partial answer.
 * - `restart`: it is asked for again, and billed again; a `reset` says that what came is void.
 * - `continue`: the endpoint is given what came and writes on: mere text only, and only where the
 *   endpoint declares it with `prefill`. Coherent as a rule, not the same as without the break.
 * - `server`: the server kept the rest and sends it, exactly. The provider `responses` only; it
 *   runs the answer in the background.
 */
export type ResumePolicy = 'fail' | 'restart' | 'continue' | 'server';

/** How an endpoint wants an answer that it is to continue; each is named after who has it so. */
export type PrefillStyle = 'anthropic' | 'deepseek' | 'mistral' | 'qwen' | 'kimi' | 'vllm';

/** That an endpoint continues a begun answer, and how. */
export interface PrefillOptions {
  /** How the begun answer is written into the request. */
  style: PrefillStyle;
  /** Whether the endpoint repeats what it was given. Defaults to what that style usually does. */
  echo?: boolean;
}

/** A message of the conversation. Further members than these are sent as they are. */
export interface ChatMessage {
  /**
   * Who speaks. `system` and `developer` go where the provider wants instructions; `tool` is known
   * to Chat Completions and Ollama, others take results of tools as parts.
   */
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';
  /** Text, or parts in the provider's own form, which are sent untouched. */
  content?: string | readonly object[] | null | undefined;
  /** Who, where several have one role. */
  name?: string | undefined;
  /** The calls that an assistant has made. */
  tool_calls?: readonly object[] | undefined;
  /** The call that this is the result of. */
  tool_call_id?: string | undefined;
  /** What an assistant thought, for providers that want it back. */
  reasoning_content?: string | null | undefined;
  /** That an assistant's answer goes on from here: Mistral and DeepSeek. */
  prefix?: boolean | undefined;
  /** That an assistant's answer goes on from here: Qwen and Kimi. */
  partial?: boolean | undefined;
  /** Pictures for Ollama, in base64. */
  images?: readonly string[] | undefined;
}

/** A function that the model may call. */
export interface ChatTool {
  /** Its name. */
  name: string;
  /** What it is good for. Defaults to none. */
  description?: string;
  /** The JSON schema of its arguments. Defaults to none. */
  parameters?: object;
}

/** Where a request goes, and what proves that it may. */
export interface EndpointOptions {
  /**
   * Where the API begins, such as `https://api.example.com/v1`. For an answer its path is appended:
   * `/chat/completions`, `/responses`, `/messages`, `/models/…:streamGenerateContent` or, for
   * `ollama`, `/api/chat`. A query, such as Azure's `api-version`, is kept. No user name or password.
   */
  baseUrl: string | URL;
  /**
   * The key, or several to choose from; `null` for an endpoint that wants none. `undefined` is an
   * error, since it is what a missing environment variable gives. Shown nowhere but as the first
   * eight hexadecimal digits of its SHA-256.
   */
  apiKey: string | readonly string[] | null;
  /**
   * The header that carries the key as it is. Defaults to `authorization` with `Bearer ` in front;
   * for an answer of `anthropic` to `x-api-key`, of `gemini` to `x-goog-api-key`, and, except in a
   * pool, of `azure` to `api-key`.
   */
  keyHeader?: string;
  /** Declares that it continues a begun answer, for `resume: 'continue'`. Defaults to none. */
  prefill?: PrefillStyle | PrefillOptions;
  /**
   * What `[DONE]` of Chat Completions says: with `'end'` only that nothing follows, so that an answer
   * without a finish reason fails with `ERR_SSE_TRUNCATED`; with `'evidence'` that the answer is
   * complete, for gateways that never give a reason. Other dialects ignore it. Defaults to `'end'`.
   */
  done?: 'end' | 'evidence';
}

/** How large an answer may grow; beyond it is `ERR_SSE_SIZE`. */
export interface AnswerLimits {
  /** Bytes of text, of all kinds together. Defaults to 64 MiB. */
  content?: number;
  /** Bytes of all tool calls together. Defaults to 16 MiB. */
  arguments?: number;
}

/**
 * Options of {@link chat}. It takes `baseUrl`, `apiKey`, `keyHeader`, `prefill` and `done` of one
 * endpoint, or `pool`.
 */
export interface ChatOptions extends Partial<Omit<EndpointOptions, 'apiKey'>> {
  /** As in {@link EndpointOptions}. That of a missing environment variable is refused when it runs. */
  apiKey?: EndpointOptions['apiKey'] | undefined;
  /** Whose dialect to speak. Defaults to `'openai'`. */
  provider?: ChatProvider;
  /** Whom to ask, instead of one endpoint; all of it speaks the dialect of `provider`. */
  pool?: EndpointPool;
  /**
   * Who asks, such as the id of a user or a conversation: it stays on the same side of a canary.
   * Only its hash is used, and without a pool not even that. Defaults to a new place for each answer.
   */
  affinity?: string;
  /** The name of the model. */
  model: string;
  /** The conversation; needed unless `body` has it (`messages`, `input`, `contents`, `prompt`). */
  messages?: readonly ChatMessage[];
  /** The most tokens to write. Defaults to the provider's; for `anthropic`, who has none, `4096`. */
  maxTokens?: number;
  /** How freely to choose words, from 0. Defaults to the provider's. */
  temperature?: number;
  /** From how much of the likely words to choose, 0 to 1. Defaults to the provider's. */
  topP?: number;
  /** Text before which to stop; not for `responses`. Defaults to none. */
  stop?: string | readonly string[];
  /** Functions that the model may call. Defaults to none. */
  tools?: readonly ChatTool[];
  /** Whether it must call one; not for `ollama`. Defaults to the provider's, mostly `'auto'`. */
  toolChoice?: 'auto' | 'none' | 'required' | { name: string };
  /**
   * Further members of the request, in the provider's own words and sent untouched. They win over
   * the options above; in `generationConfig`, `options` and `stream_options` member by member.
   * `stream` must stay `true`. Defaults to none.
   */
  body?: Readonly<Record<string, unknown>>;
  /**
   * How to go on when the answer breaks after its first piece; of several the first that applies,
   * `'fail'` after the last. Defaults to `'fail'`.
   */
  resume?: ResumePolicy | readonly ResumePolicy[];
  /**
   * The end of all patience: milliseconds from now, or a `Date`. No attempt and no wait goes beyond;
   * it ends in `ERR_SSE_TIMEOUT` with phase `total`, or, instead of a wait that would outlive it,
   * in the last failure. Defaults to `null`.
   */
  deadline?: number | Date | null;
  /**
   * The `X-Request-ID` of all attempts, which `X-Request-Attempt` counts. Defaults to a random UUID.
   */
  requestId?: string;
  /**
   * When to try again: a policy, the name of one, which then ends without a recovery, or `false` for never.
   * `attempts` counts over the whole answer and defaults to `2`, `baseDelay` to `500`, `maxDelay` to `8000`,
   * `unsafe` to `true`, `statuses` to 408, 409, 425, 429 and, unless `unsafe` is `false`, all from 500 up. The
   * `x-should-retry` of a response is obeyed first.
   */
  retry?: Omit<RetryOptions, 'resetAfter' | 'recoverAfter'> | keyof RetryPresets | false;
  /**
   * Deadlines within an attempt. `headers` defaults to `300000`, `event` to
   * `{ ms: 600000, ignore: ['ping'] }`: providers send signs of life while nothing is written.
   */
  timeouts?: Omit<Timeouts, 'total'>;
  /**
   * What becomes of an event that is not what the provider's dialect sends: `'fail'` ends the
   * attempt with `ERR_SSE_MALFORMED`, `'skip'` goes on behind it. `parseError` fires for both, for
   * `'skip'` at most 100 times an answer. Whether the answer is complete is for what else came to
   * prove. Defaults to `'fail'`.
   */
  malformed?: 'fail' | 'skip';
  /** How large the answer may grow. Defaults as {@link AnswerLimits} says. */
  limits?: AnswerLimits;
  /** Further headers; not that of the key, nor `x-request-id`. Defaults to none. */
  headers?: HeadersInput | null;
  /** Aborting it stops the answer, and iterators and promises reject with `signal.reason`. */
  signal?: AbortSignal | null;
  /**
   * As for {@link connect}. It can stop what `retry` and `resume` would do; once a piece of the
   * answer came, it cannot ask for more than they.
   */
  shouldRetry?: ConnectOptions['shouldRetry'];
  /** As for {@link connect}; `ollama` answers with `application/x-ndjson`, which is one already. */
  accept?: ConnectOptions['accept'];
  /** As for {@link connect}. */
  maxEventSize?: ConnectOptions['maxEventSize'];
  /** As for {@link connect}; an answer that is only collected needs no room there. */
  mailbox?: ConnectOptions['mailbox'];
  /** As for {@link connect}. */
  maxRedirects?: ConnectOptions['maxRedirects'];
  /** As for {@link connect}. */
  tls?: ConnectOptions['tls'];
  /** As for {@link connect}. */
  proxy?: ConnectOptions['proxy'];
  /** As for {@link connect}. */
  http2?: ConnectOptions['http2'];
}

/**
 * One step of an answer. Pieces are as the provider cut them, or larger when they had to wait.
 * `choice` is 0 unless several were asked for.
 */
export type ChatDelta =
  /** It began: the provider's id of the answer and the model, each as soon as it is known. */
  | { type: 'start'; id?: string; model?: string }
  /** Visible text. */
  | { type: 'content'; text: string; choice: number }
  /** What the model thought before it answered. */
  | { type: 'reasoning'; text: string; choice: number }
  /** Text of a refusal. */
  | { type: 'refusal'; text: string; choice: number }
  /**
   * A fragment of the call `index`: its id and name where they become known, and the next piece of
   * its arguments, which may be empty.
   */
  | {
      type: 'toolCall';
      choice: number;
      index: number;
      id?: string;
      name?: string;
      arguments: string;
    }
  /** Token counts so far; later ones replace earlier ones. */
  | { type: 'usage'; usage: ChatUsage }
  /** An alternative is at its end; see {@link ChatChoice.finishReason}. */
  | { type: 'finish'; choice: number; reason: string }
  /** What came before is void, and the answer begins anew with attempt `attempt`. */
  | { type: 'reset'; attempt: number };

/** Token counts, each absent if the provider does not tell it. */
export interface ChatUsage {
  /** Tokens read. */
  readonly input?: number;
  /** Of these, how many came from a cache. */
  readonly cached?: number;
  /** Tokens written, thoughts included. */
  readonly output?: number;
  /** Of these, how many were thought and not said. */
  readonly reasoning?: number;
  /** Input and output together. */
  readonly total?: number;
}

/** A call to one of the caller's tools. */
export interface ChatToolCall {
  /** The provider's number of it; not every provider begins at 0. */
  readonly index: number;
  /** By which the provider expects the result; `null` where it gives none. */
  readonly id: string | null;
  /** The name of the tool. */
  readonly name: string;
  /**
   * Its arguments as the provider sent them: JSON, unless the answer came to its limit of tokens or
   * the provider broke its word; for no arguments `"{}"` or empty.
   */
  readonly arguments: string;
}

/** One attempt at an answer. */
export interface ChatAttempt {
  /** Which one it was, from 1. */
  readonly attempt: number;
  /** The name of the endpoint, by default its host. */
  readonly endpoint: string;
  /** The hash of the key; `null` for none. */
  readonly key: string | null;
  /** The HTTP status, if there was one. */
  readonly status?: number;
  /** Body bytes received, after decompression. */
  readonly bytes: number;
  /** Token counts of this attempt, if the provider told any. */
  readonly usage?: ChatUsage;
  /**
   * Whether it costs money: `yes` if token counts or the whole answer came, `no` if it was refused
   * (any status but a 5xx, which a gateway may send for a provider that is at work; also 501, 505 and
   * 529) or not sent in full, else `perhaps`.
   */
  readonly billed: 'yes' | 'perhaps' | 'no';
  /** The policy by which it goes on with an earlier attempt; absent for one that asks afresh. */
  readonly resume?: ResumePolicy;
  /** The code of the failure that ended it; absent if none did. */
  readonly error?: ErrorCode;
}

/** One of the alternatives of an answer. */
export interface ChatChoice {
  /** The visible text. */
  readonly content: string;
  /** What the model thought before it answered. */
  readonly reasoning: string;
  /** The text of a refusal. */
  readonly refusal: string;
  /** Calls to the caller's tools, by index. */
  readonly toolCalls: readonly ChatToolCall[];
  /**
   * Why it ended: `stop`, `length`, `tool_calls`, `content_filter`, or, where none of these fits,
   * the provider's own word. `null` while it goes on.
   */
  readonly finishReason: string | null;
}

/** An answer, whole or as far as it has come. Its own members are those of the first choice. */
export interface ChatAnswer extends ChatChoice {
  /** The provider's id of it; `null` if it told none. */
  readonly id: string | null;
  /** The model that answered; `null` if it was not told. */
  readonly model: string | null;
  /** Token counts; `null` if the provider told none. */
  readonly usage: ChatUsage | null;
  /** Every attempt at it, in order. */
  readonly attempts: readonly ChatAttempt[];
  /** The other alternatives, from choice 1, if there are any. */
  readonly others?: readonly ChatChoice[];
}

/** The events of a {@link ChatStream} and what their listeners get. */
export interface ChatStreamEvents {
  /** An attempt starts, before its request is sent. */
  attempt: [info: AttemptInfo];
  /** A connection opened, the first one or a later one. */
  open: [info: OpenInfo];
  /** Once, when the first connection opens. */
  connected: [info: OpenInfo];
  /** It waits and will try again. */
  retry: [info: RetryInfo];
  /** Every step of the answer. */
  delta: [delta: ChatDelta];
  /** Visible text of the first choice. */
  content: [text: string];
  /** Thoughts of the first choice. */
  reasoning: [text: string];
  /** What came before is void, and the answer begins anew with attempt `attempt`. */
  reset: [info: { attempt: number }];
  /** Each chunk of the provider's stream as parsed JSON; as text if it is none. */
  data: [chunk: unknown];
  /** An event that could not be read, before it ends the attempt or is passed over (`malformed`). */
  parseError: [error: SSEError];
  /** Each tool call of the first choice, once the answer is complete. */
  toolCall: [call: ChatToolCall];
  /** Once, when the answer is complete. */
  done: [answer: ChatAnswer];
  /** Once, when it was stopped before it was complete. */
  stopped: [];
  /** Once, for the failure that ends it; it has `partial`. Without a listener nothing is thrown. */
  error: [error: SSEError];
  /** Once, last of all. */
  close: [info: CloseInfo];
}

/** The name of an event of a {@link ChatStream}. */
export type ChatStreamEventName = keyof ChatStreamEvents;

/** A listener for one event of a {@link ChatStream}. */
export type ChatStreamListener<K extends ChatStreamEventName> = (
  ...args: ChatStreamEvents[K]
) => void;

/**
 * An answer on its way: an async iterable of its steps, an emitter, and promises of the whole. Made
 * by {@link chat}.
 *
 * Until the caller iterates, listens for its pieces or feeds a response with it, it is collected; the
 * first to do so gets at once what came until then. When it is over, iterators and responses
 * still get the whole, while listeners hear nothing more. Pausing holds back what is handed over
 * piece by piece, not the promises of the whole. It keeps the process alive until it is over; see
 * {@link ChatStream.unref}.
 *
 * Listeners, and the functions given to {@link chat}, run in the asynchronous context
 * (`AsyncLocalStorage`) in which the answer was asked for: one that several requests share keeps the
 * context of the one that made it. Code that iterates or awaits keeps its own.
 */
export class ChatStream extends EventEmitter implements AsyncIterable<ChatDelta> {
  private constructor();

  /** Connecting, or waiting to. */
  static readonly CONNECTING: 0;
  /** Pieces may arrive. */
  static readonly OPEN: 1;
  /** Over. */
  static readonly CLOSED: 2;
  /** Connecting, or waiting to. */
  readonly CONNECTING: 0;
  /** Pieces may arrive. */
  readonly OPEN: 1;
  /** Over. */
  readonly CLOSED: 2;

  /** Where it is. */
  readonly readyState: 0 | 1 | 2;
  /** The URL of the last response, with its query, so do not log it; `""` before the first. */
  readonly url: string;
  /** The status of the last response that was a stream; `undefined` before the first. */
  readonly status: number | undefined;
  /** The headers of the last response that was a stream; `undefined` before the first. */
  readonly headers: ResponseHeaders | undefined;
  /** Counters, as of now. */
  readonly stats: StreamStats;
  /** Where retrying stands, as of now. */
  readonly retryState: RetryState;
  /** The `X-Request-ID` of all attempts. */
  readonly requestId: string;

  /**
   * Resolves at the first connection. Rejects with the failure that ended it before one, with
   * `signal.reason`, or with `ERR_SSE_CLOSED`. It need not be handled.
   */
  readonly opened: Promise<OpenInfo>;
  /**
   * Resolves when it is over and what was handed over is taken. Rejects with the failure that ended
   * it, or with `signal.reason`. It need not be handled.
   */
  readonly closed: Promise<CloseInfo>;

  /**
   * The visible text of the first choice as it comes, in place of the iterator. Rejects with the
   * failure that ends the answer, and with `ERR_SSE_RESTARTED` when the answer begins anew
   * (`resume: 'restart'`) after text was given: that cannot be taken back. The answer then goes on,
   * and {@link ChatStream.text} has the whole. Leaving the loop stops the answer.
   *
   * Iterating it throws `ERR_SSE_LOCKED` when something iterates already.
   */
  readonly textStream: AsyncIterable<string>;
  /**
   * The whole visible text of the first choice. Rejects with the failure that ended the answer, with
   * `signal.reason`, or with `ERR_SSE_CLOSED` if it was stopped. It need not be handled. While the
   * stream is paused, or something iterates it and does not go on, it waits.
   */
  text(): Promise<string>;
  /** The whole answer; rejects as {@link ChatStream.text} does. */
  message(): Promise<ChatAnswer>;
  /** The answer as far as it has come; a copy of the caller's own. */
  snapshot(): ChatAnswer;
  /**
   * Calls back with the answer as far as it has come: every now and then if it has grown, and a last
   * time when it is over, whatever its end.
   *
   * @param options `every`: milliseconds between two calls, at the least. Defaults to `250`.
   * @throws {SSEOptionError} When an argument is wrong.
   */
  onSnapshot(listener: (answer: ChatAnswer) => void, options?: { every?: number }): this;

  /** Ends it quietly and closes its connection; emits `stopped`, and no attempt follows. */
  stop(): void;
  /** As {@link ChatStream.stop}. */
  close(): void;
  /** Stops deliveries to listeners; a full mailbox then stops reading the socket. */
  pause(): this;
  /** Goes on with deliveries. */
  resume(): this;
  /** Whether {@link ChatStream.pause} is in force. */
  isPaused(): boolean;
  /** Lets it keep the process alive, as it does unless told otherwise. */
  ref(): this;
  /** Lets the process exit although it is not over. */
  unref(): this;
  /** Starts the count of retries and the growth of waits anew. */
  resetRetries(): void;
  /**
   * Drops the connection, or the wait for one, and asks again at once, which is not counted as a retry.
   * After content came it goes on as `resume` allows, and where that does not, from the beginning. The
   * attempt that it drops may have been billed. Without effect when over.
   */
  reconnect(): void;

  /**
   * The answer as an event stream in the dialect of Chat Completions, whatever the provider speaks:
   * chunks, then `[DONE]`, or a chunk with `error` and, a second later, a rejection. A chunk with
   * `"reset": true` says that what came before is void. A `finish_reason` is the provider's word where
   * Chat Completions has none. Comments and pings of the provider are comments here. Takes the place of
   * the iterator.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   * @throws {SSEOptionError} For wrong options.
   */
  toReadableStream(options?: OutputOptions): ReadableStream<Uint8Array>;
  /**
   * The same as a response for a web framework. A failure before the first chunk becomes its status;
   * when there is no chunk after `decideWithin`, it begins with 200 and a comment. Cancelling its
   * body stops the answer. A later failure is a chunk with `error`; a second later the body breaks off.
   *
   * @param request What is answered, as {@link EventStream.toResponse} takes it.
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   * @throws {SSEOptionError} For wrong options.
   */
  toResponse(request: { readonly method: string }, options?: ToResponseOptions): Promise<Response>;
  toResponse(options?: ToResponseOptions): Promise<Response>;
  /**
   * Writes the same to a response of `node:http` or any writable, as {@link EventStream.pipe} does.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   */
  pipe(destination: Writable, options?: ToResponseOptions): Promise<void>;

  /**
   * The only iterator. Rejects, after the steps that came, with the failure that ended the answer
   * or with `signal.reason`. Leaving the loop stops the answer.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when there is one already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChatDelta>;
  /** Stops the answer, at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void>;

  on<K extends ChatStreamEventName>(name: K, listener: ChatStreamListener<K>): this;
  once<K extends ChatStreamEventName>(name: K, listener: ChatStreamListener<K>): this;
  off<K extends ChatStreamEventName>(name: K, listener: ChatStreamListener<K>): this;
  addListener<K extends ChatStreamEventName>(name: K, listener: ChatStreamListener<K>): this;
  removeListener<K extends ChatStreamEventName>(name: K, listener: ChatStreamListener<K>): this;
  prependListener<K extends ChatStreamEventName>(name: K, listener: ChatStreamListener<K>): this;
  prependOnceListener<K extends ChatStreamEventName>(
    name: K,
    listener: ChatStreamListener<K>,
  ): this;
}

// Pools

/**
 * Endpoints and keys to choose from, for {@link chat} and {@link connect}. One that fails is left
 * alone for a while, a key that is refused for good, and the next is asked.
 *
 * @example
 * const pool = createPool([
 *   { baseUrl: 'https://api.example.com/v1', apiKey: [first, second] },
 *   { baseUrl: 'https://backup.example.com/v1', apiKey: third, priority: 1 },
 * ]);
 * await chat({ pool, model: 'gpt-4.1', messages }).text();
 *
 * @param endpoints In any order; may be empty, to be filled by {@link EndpointPool.add}.
 * @param options Copied at once, as the endpoints are.
 * @throws {SSEOptionError} At once, for the first option that is wrong or unknown.
 */
export function createPool(endpoints: readonly PoolEndpoint[], options?: PoolOptions): EndpointPool;

/** One endpoint of a pool. */
export interface PoolEndpoint extends EndpointOptions {
  /** What it is called; another than all others. Defaults to the host, with its port. */
  name?: string;
  /** Its share of the traffic within its priority, above 0. Defaults to `1`. */
  weight?: number;
  /**
   * A whole number; of lower ones all are asked first, and the next when none of these can be.
   * Defaults to `0`.
   */
  priority?: number;
  /**
   * Which share of all callers goes here, above 0 and up to 1: always the same ones, by their
   * `affinity`. It gets no other traffic, unless nothing else can be asked. Defaults to none: an
   * ordinary endpoint.
   */
  canary?: number;
  /** Further headers, for this endpoint alone. Defaults to none. */
  headers?: HeadersInput;
}

/** Options of {@link createPool}. */
export interface PoolOptions {
  /**
   * How long a key rests after a 429 that does not say it, in milliseconds: doubled with each in a
   * row, up to a minute. Defaults to `5000`.
   */
  cooldown?: number;
  /** When an endpoint is given a rest; `false` for never. Defaults as {@link BreakerOptions} says. */
  breaker?: BreakerOptions | false;
}

/** When an endpoint fails too often to be asked, and for how long it is left alone. */
export interface BreakerOptions {
  /** How far back requests count, in milliseconds. Defaults to `60000`. */
  window?: number;
  /** How many requests there must be before failures mean anything. Defaults to `5`. */
  requests?: number;
  /** The share of failures that opens the breaker, above 0 and up to 1. Defaults to `0.5`. */
  failures?: number;
  /**
   * How long it stays open before one request may probe, in milliseconds; doubled with each probe
   * that fails. Defaults to `5000`.
   */
  openFor?: number;
  /** The longest that it stays open, in milliseconds. Defaults to `60000`, or `openFor` if more. */
  maxOpenFor?: number;
}

/** A key as it may be shown. */
export interface KeyState {
  /** The first eight hexadecimal digits of its SHA-256. */
  readonly key: string;
  /** `cooling` after too many requests; `dead` when it was refused, until it is revived. */
  readonly state: 'ok' | 'cooling' | 'dead';
  /** How long it still rests, in milliseconds; absent if it does not. */
  readonly coolsFor?: number;
  /** How often it was used, and how often it was refused or at its limit. */
  readonly requests: number;
  readonly failures: number;
  /** Requests under way. */
  readonly active: number;
}

/** An endpoint as it may be shown. */
export interface EndpointState {
  readonly name: string;
  /** Without the values of its query. */
  readonly baseUrl: string;
  readonly weight: number;
  readonly priority: number;
  /** 0 for an ordinary endpoint. */
  readonly canary: number;
  /** `open` while it is left alone, `half-open` when one request may probe. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** How long the breaker stays open, in milliseconds; absent if it is not. */
  readonly opensFor?: number;
  /** How long an endpoint without keys still rests, in milliseconds; absent if it does not. */
  readonly coolsFor?: number;
  /** How often it was asked, and how often it failed; what its keys failed at is theirs. */
  readonly requests: number;
  readonly failures: number;
  /** Requests under way. */
  readonly active: number;
  readonly keys: readonly KeyState[];
}

/** A key or a breaker went from one state to another. */
export interface PoolChange {
  /** The name of the endpoint. */
  readonly endpoint: string;
  /** The hash of the key; absent if it is the breaker, or an endpoint without keys. */
  readonly key?: string;
  readonly from: KeyState['state'] | EndpointState['breaker'];
  readonly to: KeyState['state'] | EndpointState['breaker'];
  /** Why, such as `refused`, `rate-limited`, `failures`, `rested`, `revived`. */
  readonly reason: string;
}

/** The events of an {@link EndpointPool}. */
export interface EndpointPoolEvents {
  /** A key or a breaker changed its state. */
  change: [change: PoolChange];
}

/** What {@link EndpointPool.update} changes; what is left out stays as it is. */
export interface PoolUpdate {
  /** The share of the traffic within its priority, above 0. */
  weight?: number;
  /**
   * The share of callers that go here, above 0 up to 1; `null` makes it an endpoint like any other,
   * with traffic by its weight. 0 is refused: for no traffic, remove it.
   */
  canary?: number | null;
}

/**
 * A pool that answers and streams share. Made by {@link createPool}. It never keeps the process
 * alive. Its keys are shown nowhere. Its listeners run in the asynchronous context
 * (`AsyncLocalStorage`) in which it was made, whichever stream used it.
 */
export class EndpointPool extends EventEmitter {
  private constructor();

  /** All endpoints, as of now. */
  readonly endpoints: readonly EndpointState[];
  /** @throws {SSEOptionError} When it is wrong, or its name is taken. */
  add(endpoint: PoolEndpoint): this;
  /**
   * Changes how much traffic an endpoint gets, from the next request on. Its counters, the state of
   * its breaker and of its keys stay; streams that use it go on.
   *
   * @throws {SSEOptionError} When a value is wrong, or there is no such endpoint.
   */
  update(name: string, changes: PoolUpdate): this;
  /** Whether there was one; streams that use it go on. */
  remove(name: string): boolean;
  /**
   * Gives an endpoint one more key; without effect if it has it.
   *
   * @throws {SSEOptionError} When there is no such endpoint.
   */
  addKey(name: string, key: string): this;
  /** Whether there was such a key, given itself or its hash; streams that use it go on. */
  removeKey(name: string, key: string): boolean;
  /**
   * Puts a key in the place of another, given itself or its hash; streams that use that go on.
   *
   * @throws {SSEOptionError} When there is no such endpoint or key.
   */
  rotateKey(name: string, key: string, successor: string): this;
  /**
   * Makes dead and cooling keys and breakers as new, of one endpoint or of all.
   *
   * @throws {SSEOptionError} When there is no such endpoint.
   */
  revive(name?: string): this;

  on<K extends keyof EndpointPoolEvents>(
    name: K,
    listener: (...args: EndpointPoolEvents[K]) => void,
  ): this;
  once<K extends keyof EndpointPoolEvents>(
    name: K,
    listener: (...args: EndpointPoolEvents[K]) => void,
  ): this;
  off<K extends keyof EndpointPoolEvents>(
    name: K,
    listener: (...args: EndpointPoolEvents[K]) => void,
  ): this;
}

// EventSource

/**
 * What `new EventSource` takes. All but `withCredentials` is an extension, checked as options of
 * {@link connect} are; members unknown here are ignored, as the standard has it.
 */
export interface EventSourceInit {
  /** Without effect beyond the attribute: there are no cookies here. Defaults to `false`. */
  withCredentials?: boolean;
  /** As for {@link connect}. */
  headers?: ConnectOptions['headers'];
  /** As for {@link connect}; with one other than GET, streams end as those of `connect` do. */
  method?: ConnectOptions['method'];
  /** As for {@link connect}. */
  body?: ConnectOptions['body'];
  /** Aborting it is as good as `close()`. */
  signal?: ConnectOptions['signal'];
  /** As for {@link connect}. Defaults for GET as {@link RetryOptions} says. */
  retry?: ConnectOptions['retry'];
  /** As for {@link connect}. */
  timeouts?: ConnectOptions['timeouts'];
  /** As for {@link connect}. */
  tls?: ConnectOptions['tls'];
  /** As for {@link connect}. */
  proxy?: ConnectOptions['proxy'];
}

/** A message of the server; an instance of the global `MessageEvent`. */
export interface EventSourceMessage extends Event {
  /** The data, lines joined by LF. */
  readonly data: string;
  /** The origin of the URL after redirects. */
  readonly origin: string;
  /** The last id seen up to and including this message; `""` for none. */
  readonly lastEventId: string;
  readonly source: null;
  readonly ports: readonly [];
}

/**
 * An `error` event. For one of the connection, `error` is the failure, or `null` when the stream
 * merely ended, and `readyState` tells whether it reconnects. A server may send an event of that
 * name, too: then it is an {@link EventSourceMessage} and `error` is `undefined`.
 */
export interface EventSourceErrorEvent extends Event {
  readonly error: SSEError | null | undefined;
}

/** The events of an {@link EventSource} that have a type of their own. */
export interface EventSourceEvents {
  open: Event;
  error: EventSourceErrorEvent;
  message: EventSourceMessage;
}

/** A listener of an {@link EventSource}: a function, or an object with `handleEvent`. */
export type EventSourceListener<E extends Event> =
  | ((this: EventSource, event: E) => unknown)
  | { handleEvent(event: E): unknown };

/** Options of `addEventListener`. */
export interface EventSourceListenerOptions {
  /** Without effect: there is no tree to capture in. Defaults to `false`. */
  capture?: boolean;
  /** Whether to remove the listener after its first call. Defaults to `false`. */
  once?: boolean;
  /** Without effect: these events cannot be cancelled. Defaults to `false`. */
  passive?: boolean;
  /** Removes the listener when aborted. Defaults to none. */
  signal?: AbortSignal;
}

/**
 * The `EventSource` of WHATWG HTML 9.2, with backoff. It keeps the process alive until closed. Its
 * handlers and listeners run in the asynchronous context (`AsyncLocalStorage`) in which it was made.
 *
 * @example
 * const source = new EventSource('https://example.com/events', { headers: { authorization } });
 * source.addEventListener('price', ({ data }) => console.log(data));
 */
export class EventSource extends EventTarget {
  /**
   * @throws {DOMException} `SyntaxError` when `url` is not absolute.
   * @throws {SSEOptionError} When an extension in `init` is wrong.
   */
  constructor(url: string | URL, init?: EventSourceInit);

  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSED: 2;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;

  /** The URL asked for, in full. */
  readonly url: string;
  /** What `init` said. */
  readonly withCredentials: boolean;
  /** `CONNECTING`, `OPEN` or `CLOSED`. */
  readonly readyState: 0 | 1 | 2;

  /** Called when a connection opens. Defaults to `null`. */
  onopen: ((this: EventSource, event: Event) => unknown) | null;
  /** Called for events without a name. Defaults to `null`. */
  onmessage: ((this: EventSource, event: EventSourceMessage) => unknown) | null;
  /** Called when a connection is lost or fails. Defaults to `null`. */
  onerror: ((this: EventSource, event: EventSourceErrorEvent) => unknown) | null;

  /** Ends it for good; nothing is dispatched afterwards, not even what has arrived. */
  close(): void;

  addEventListener<K extends keyof EventSourceEvents>(
    type: K,
    listener: EventSourceListener<EventSourceEvents[K]> | null,
    options?: EventSourceListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventSourceListener<EventSourceMessage> | null,
    options?: EventSourceListenerOptions | boolean,
  ): void;
  removeEventListener<K extends keyof EventSourceEvents>(
    type: K,
    listener: EventSourceListener<EventSourceEvents[K]> | null,
    options?: Pick<EventSourceListenerOptions, 'capture'> | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventSourceListener<EventSourceMessage> | null,
    options?: Pick<EventSourceListenerOptions, 'capture'> | boolean,
  ): void;
}

// The protocol alone

/** Options of {@link EventStreamDecoderStream}. */
export interface DecoderStreamOptions {
  /** Called for every comment, without its colon; at most its first 4 KiB. */
  onComment?: (text: string) => void;
  /** Called for every valid `retry` field, in milliseconds and unclamped. */
  onRetry?: (delay: number) => void;
  /** The largest event in bytes; `null` for no limit. Defaults to 64 MiB. */
  maxEventSize?: number | null;
}

/** Options of {@link EventStreamDecoder}. */
export interface DecoderOptions extends DecoderStreamOptions {
  /** Called for every event, in order, from within `feed`. */
  onEvent: (event: ServerSentEvent) => void;
}

/**
 * Decodes Server-Sent Events from bytes, cut anywhere.
 *
 * @example
 * const decoder = new EventStreamDecoder({ onEvent: ({ event, data }) => console.log(event, data) });
 * for await (const bytes of response.body) decoder.feed(bytes);
 * decoder.end();
 */
export class EventStreamDecoder {
  /** @throws {SSEOptionError} When an option is wrong. */
  constructor(options: DecoderOptions);
  /**
   * Takes more bytes and calls back for all that they complete.
   *
   * @throws {SSESizeError} When an event is too large; the decoder is of no further use.
   * @throws {SSEStateError} `ERR_SSE_CLOSED` after `end()`.
   */
  feed(bytes: Uint8Array): void;
  /** The bytes are over; an event without its blank line is discarded (WHATWG HTML 9.2.5). */
  end(): void;
}

/**
 * A transform stream from bytes to events.
 *
 * @example
 * const events = response.body.pipeThrough(new EventStreamDecoderStream());
 */
export class EventStreamDecoderStream {
  /** @throws {SSEOptionError} When an option is wrong. */
  constructor(options?: DecoderStreamOptions);
  /** The events; fails with `SSESizeError` when one is too large. */
  readonly readable: ReadableStream<ServerSentEvent>;
  /** Where the bytes go. */
  readonly writable: WritableStream<Uint8Array>;
}

/** An event to encode; a {@link ServerSentEvent} is one. */
export interface OutgoingEvent {
  /** A comment before the event. Several lines become several comments. */
  comment?: string;
  /** Its name; `"message"` is not written, since it is the default. */
  event?: string;
  /** Its id; `""` resets the reader's. */
  id?: string | undefined;
  /** How long the reader is to wait before it reconnects, in whole milliseconds. */
  retry?: number;
  /** Its data; without it a reader dispatches nothing. Line ends of any kind become LF. */
  data?: string;
}

/**
 * Encodes one event, its blank line included.
 *
 * @example
 * encodeEvent({ event: 'price', id: '7', data: '12' }); // 'event: price\nid: 7\ndata: 12\n\n'
 *
 * @throws {SSEOptionError} When `event` or `id` holds a line break or NUL, or `retry` is no whole
 *   number: it would start a field of its own.
 */
export function encodeEvent(event: OutgoingEvent): string;

// Runs that outlive their readers

/**
 * A relay: answers and other streams that go on when a browser reloads, and that many readers share.
 *
 * What a run says is kept in a log. Each reader has a place in it, its cursor, and no queue: one that reloads
 * goes on behind the last frame it received, one that is slow stays behind, and neither costs another call of the
 * provider. Within a process, the same `name` is the same relay, also for modules that a framework loads twice.
 *
 * @example
 * const relay = createRelay();
 * app.get('/answers/:id', async (req, res) => {
 *   const run = await relay.run(req.params.id, () => chat({ baseUrl, apiKey, model, messages }));
 *   await run.pipe(req, res);
 * });
 * app.delete('/answers/:id', async (req, res) => {
 *   res.json({ stopped: await relay.stop(req.params.id) });
 * });
 *
 * @param options Everything has a default.
 * @throws {SSEOptionError} For a wrong option, and if there is a relay of this name with other options.
 */
export function createRelay(options?: RelayOptions): Relay;

/** Options of {@link createRelay}. */
export interface RelayOptions {
  /** Which relay of this process it is. Defaults to `'default'`. */
  name?: string;
  /**
   * Where runs are kept. Defaults to {@link memoryLog} with its defaults. With {@link redisLog} all processes that
   * name the same relay have the same runs.
   */
  log?: Log;
  /** For how long an ended run is kept, in milliseconds. Defaults to `600000`, ten minutes. */
  retention?: number;
  /**
   * For how long a run waits for a producing process that gives no sign, in milliseconds, at least 500. The
   * core gives a sign every third of it, also while a model thinks. Defaults to `15000`.
   */
  lease?: number;
  /**
   * For how long an iterable or a `Response` may say nothing before the run fails with `ERR_SSE_TIMEOUT`, in
   * milliseconds; `null` for ever. A `ChatStream` or an `EventStream` has timeouts of its own. Defaults to
   * `120000`.
   */
  idle?: number | null;
  /**
   * How long a reader may hear nothing before it is sent a comment, in milliseconds, a tenth more or less;
   * `null` for never. Defaults to `15000`.
   */
  heartbeat?: number | null;
  /** How large a run may be, in bytes; beyond that it fails with `ERR_SSE_SIZE`. Defaults to 8 MiB. */
  maxBytes?: number;
  /**
   * Whether readers in the producing process may be ahead of the log (`pipelined`), or get only what is in it
   * (`durable`). With a log in memory there is no difference. Defaults to `'pipelined'`.
   */
  durability?: 'pipelined' | 'durable';
  /**
   * What becomes of a run that has no reader: it goes on (`continue`), is stopped when its last reader has left
   * (`abort`), or is stopped when it has had no reader for `grace` milliseconds. Defaults to `'continue'`: a
   * reload is no wish to stop.
   */
  onDisconnect?: 'continue' | 'abort' | { grace: number };
}

/**
 * A log in memory: what is in it ends with the process.
 *
 * @example
 * const hub = createHub({ log: memoryLog({ maxEvents: 10_000, maxAge: 3_600_000 }) });
 *
 * @throws {SSEOptionError} For a wrong option.
 */
export function memoryLog(options?: MemoryLogOptions): Log;

/** Options of {@link memoryLog}. The first three bound each channel of a hub; runs have `retention` and `maxBytes`. */
export interface MemoryLogOptions {
  /** Events. Defaults to `1000`. */
  maxEvents?: number;
  /** Bytes. Defaults to 8 MiB. */
  maxBytes?: number;
  /** Milliseconds. Defaults to `300000`, five minutes. */
  maxAge?: number;
  /**
   * Bytes of everything together. Beyond that ended runs go, the oldest first; where that is not enough, `run()`
   * rejects with `ERR_SSE_LOG`. Defaults to 256 MiB.
   */
  totalBytes?: number;
}

/**
 * A log in Redis, or Valkey: runs and channels are those of all processes that have the same Redis, the same `prefix`,
 * and a relay or hub of the same name. A browser that reloads goes on at another instance; what one process publishes
 * reaches the clients of all.
 *
 * Nothing is connected until a relay or hub is made with it, and each connection that breaks is made anew. Developed on
 * Redis 7.0; a cluster needs 7 for its sharded messages. The page "Over many processes" says what Redis is to be
 * configured to, and what each outage looks like.
 *
 * @example
 * const log = redisLog({ url: process.env.REDIS_URL });
 * const relay = createRelay({ log });
 * const hub = createHub({ log });
 *
 * @throws {SSEOptionError} For a wrong option. Neither it nor any later error shows a password.
 */
export function redisLog(options: RedisLogOptions): Log;

/** Where Redis is, and how to get in. One of `url`, `cluster` and `sentinel` is needed. */
export interface RedisOptions {
  /**
   * One server: `redis://user:password@host:port/database`, or `rediss:` for TLS. What is left out is what Redis has by
   * default: no user and password, port 6379, database 0. Special characters of user and password are written as `%XX`.
   */
  url?: string | URL;
  /** Some servers of a cluster, as URLs of one scheme without a database; the others are found through them. */
  cluster?: readonly (string | URL)[];
  /** Servers of Redis Sentinel, which know the master. */
  sentinel?: RedisSentinelOptions;
  /** What all keys and messages begin with, at most 256 bytes, without braces. Defaults to `'perennial'`. */
  prefix?: string;
  /** For `rediss:`. Without it the certificate authorities of the machine are trusted. */
  tls?: RedisTLSOptions;
  /** How long Redis may take. */
  timeouts?: RedisTimeouts;
}

/** Options of {@link redisLog} beside where Redis is. The first three bound each channel of a hub, as in memory. */
export interface RedisLogOptions extends RedisOptions, MemoryLogOptions {
  /** Events of a channel. Defaults to `1000`. */
  maxEvents?: number;
  /** Bytes of a channel. Defaults to 8 MiB. */
  maxBytes?: number;
  /** Milliseconds that an event is kept, by the clock of Redis. Defaults to `300000`, five minutes. */
  maxAge?: number;
  /**
   * Bytes that this process keeps of what its clients and readers follow; what Redis keeps is bounded by `maxBytes` and
   * the `maxBytes` of relays. Defaults to 256 MiB.
   */
  totalBytes?: number;
  /**
   * What needs Redis while it is away: `relay.run()` rejects with `ERR_SSE_LOG`, and a client of a hub with a channel that
   * this process does not know yet is told to come again (`fail`); or the run is kept in this process alone, and the
   * channel begins here (`local`), of which clients are told a gap once Redis is back. A hub delivers to its own clients in
   * either case. Defaults to `'fail'`.
   */
  whenDown?: 'fail' | 'local';
  /**
   * Channels into which the hubs of this log take what any program says by plain `PUBLISH` to the Redis channel of that
   * name: JSON `{ "event"?, "data", "key"?, "dedupeId"? }`; other text is the `data` of an event. Each message is taken by
   * one of the processes. Defaults to `[]`.
   */
  bridge?: readonly string[];
}

/** Servers of Redis Sentinel. */
export interface RedisSentinelOptions {
  /** Their URLs, of one scheme, with the user and password of the sentinels; a database is that of the master. */
  urls: readonly (string | URL)[];
  /** The name under which they know the master. */
  master: string;
  /** The user that the master is told; without it the default one. */
  username?: string;
  /** The password of that user. */
  password?: string;
}

/** Certificates for {@link redisLog} and {@link redisStore}, in PEM; several as an array, or behind each other. */
export interface RedisTLSOptions {
  /** Authorities that are trusted instead of those of the machine. */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Certificate that the client shows, together with `key`. */
  cert?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Private key of `cert`. */
  key?: string | Uint8Array;
}

/** How long Redis may take, in milliseconds. */
export interface RedisTimeouts {
  /** To let a connection in, and to reply. Defaults to `5000`. */
  connect?: number;
}

/**
 * Where runs, and the events of hubs, are kept: what {@link memoryLog} and {@link redisLog} return. Equal options make
 * equal logs.
 */
export interface Log {
  readonly kind: 'memory' | 'redis';
  /** What it was made with, and the defaults; of Redis without passwords. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Options of {@link Relay.run}. */
export interface RunOptions extends RunLookup {
  /**
   * What happens with an id whose producer is gone: its readers are told (`fail`), or it is run again under a new
   * generation (`restart`), which asks, and pays, again. Defaults to `'fail'`. A run that failed before its
   * first frame is always run again.
   */
  onLost?: 'fail' | 'restart';
}

/** Which run is meant. */
export interface RunLookup {
  /**
   * Whose run it is: a user or tenant that the server knows, at most 1,024 bytes. It is part of the name: an id
   * without its owner, or with another, opens nothing.
   */
  owner?: string;
}

/** Options of {@link Run.toResponse} and {@link Run.pipe}. */
export interface RunOutputOptions {
  /**
   * Where to begin: behind the cursor of the request (`cursor`), or at the beginning (`start`), for clients that
   * keep no cursor. Defaults to `'cursor'`.
   */
  replay?: 'cursor' | 'start';
  /** As of the relay, which is the default. */
  heartbeat?: number | null;
  /**
   * Whether readers hear when the source waits before it asks again: `event: retry`, data
   * `{ attempt, delay, error: { code, message, kind } }`, without an id and not kept. Defaults to `false`.
   */
  notices?: boolean;
  /** As of {@link ToResponseOptions}; with `ai-sdk`, `replay` defaults to `'start'`. Defaults to `'events'`. */
  format?: ToResponseOptions['format'];
}

/**
 * What a run is made of. An answer is kept as chunks of Chat Completions, whatever the provider speaks; a stream
 * of events, or a `Response` with the content type of one, as its events; an iterable as its strings and events;
 * any other `Response` as its bytes.
 */
export type RunSource = ChatStream | EventStream | Response | AsyncIterable<string | OutgoingEvent>;

/** Where a run stands: more may come, or how it ended. */
export type RunStatus = 'open' | 'done' | 'error' | 'stopped' | 'lost';

/** How a run ended. */
export interface RunClosed {
  status: Exclude<RunStatus, 'open'>;
  /** Why, unless it came to its own end. In the process whose source failed, its `cause` is what that threw. */
  error?: SSERunError;
}

/** Runs by their ids. Made by {@link createRelay}. */
export class Relay {
  private constructor();
  /** Which relay of this process it is. */
  readonly name: string;
  /**
   * Finds a run, or begins it. Of all calls with one id, in all requests, one has its function called and is the
   * producer; the others read. An id that has ended is read again, until `retention` is over.
   *
   * The function is called in the context of this call, once, and makes the source; one that was made before
   * could have said something already. Its `signal` is aborted when the run is stopped. What it throws is thrown
   * here, and readers that wait are told.
   *
   * @param id At most 1,024 bytes of any text.
   * @throws {SSEOptionError} For a wrong argument, or a source that is none.
   * @throws {SSERunError} `ERR_SSE_LOG` if the log has no room, or is in a Redis that does not answer.
   */
  run(
    id: string,
    source: (context: { signal: AbortSignal }) => RunSource | Promise<RunSource>,
    options?: RunOptions,
  ): Promise<Run>;
  /**
   * Finds a run. Resolves with `undefined` if there is none, or no more: answer 204. This and what follows rejects with
   * `ERR_SSE_LOG` while a Redis that has the log does not answer.
   */
  resume(id: string, options?: RunLookup): Promise<Run | undefined>;
  /**
   * Stops a run: its source is closed, and every reader is told `ERR_SSE_STOPPED`. Resolves with `false` if no
   * such run is open.
   */
  stop(id: string, options?: RunLookup): Promise<boolean>;
  /** Where a run stands; `undefined` if there is none. */
  status(id: string, options?: RunLookup): Promise<RunStatus | undefined>;
  /** What this relay has been through in this process. */
  stats(): RelayStats;
}

/** Counters of a relay in this process. */
export interface RelayStats {
  /** Runs that are produced here now. */
  open: number;
  /** Runs that were produced here. */
  produced: number;
  /** Calls of `run` and `resume` that found a run. */
  joined: number;
  /** Runs that came to their own end. */
  done: number;
  /** Runs whose source failed. */
  failed: number;
  /** Runs that were stopped. */
  stopped: number;
  /** Runs whose producer is gone. */
  lost: number;
  /** Readers now. */
  readers: number;
  /** Readers that came with a cursor of their run. */
  resumed: number;
  /** Readers that came with another, and were sent everything. */
  resets: number;
  /** Frames of all runs. */
  frames: number;
  /** Bytes of these. */
  bytes: number;
  /** Bytes that the log takes in memory now. */
  logBytes: number;
}

/** One run, for as many readers as like. */
export class Run implements AsyncIterable<ServerSentEvent> {
  private constructor();
  readonly id: string;
  /** Whether this call began it. */
  readonly role: 'producer' | 'reader';
  /** Resolves when it is over, however it ends. */
  readonly closed: Promise<RunClosed>;
  /**
   * The run as a response: 200 and a comment at once, then its frames, each with an `id:`. A client that comes
   * back with the last of them as `Last-Event-ID`, or as `lastEventId`, `last_event_id` or
   * `evs_last_event_id` in the query, gets what follows; one that has everything gets 204, so that an
   * `EventSource` stops. A cursor of another run: `event: reset`, then everything. An end that is not the
   * source's own: `event: failure` with `{ error: { code, message, kind } }`, then the body breaks off.
   *
   * @param request The request that is answered; without it, everything is sent.
   */
  toResponse(request?: Request, options?: RunOutputOptions): Promise<Response>;
  /**
   * The same into the response of a Node server. Resolves when that is over, however the run ends, and never
   * rejects for what the run or the client does.
   *
   * @param request The request that is answered, for its cursor.
   * @param response The head of which is not sent yet.
   */
  pipe(
    request: IncomingMessage,
    response: ServerResponse,
    options?: RunOutputOptions,
  ): Promise<void>;
  /**
   * Its events from the first on; throws {@link SSERunError} at an end that is not the source's own. A run that is
   * kept as bytes gives `Uint8Array`s instead. Who leaves the loop only leaves: the run goes on.
   */
  [Symbol.asyncIterator](): AsyncIterator<ServerSentEvent, undefined>;
  /** The answer so far, also where another call produces it; `undefined` if it is none. */
  snapshot(): ChatAnswer | undefined;
}

// Stores: small values with a time to live

/**
 * Small values with a time to live, in this process: tickets that open one session, messages that were seen already,
 * what a bot remembers.
 *
 * Without a `name` every store is a new one. With it, the same name is the same store, in all modules, bundles and worker
 * threads of the process, and after a framework has loaded a module again.
 *
 * @example
 * const tickets = memoryStore({ name: 'tickets' });
 * await tickets.set(ticket, user.id, 30_000);
 * // Later, in another request: of several that bring one ticket, one gets the user.
 * const user = await tickets.take(ticket);
 *
 * @param options Everything has a default.
 * @throws {SSEOptionError} For a wrong option, and if there is a store of this name with other options.
 */
export function memoryStore(options?: MemoryStoreOptions): Store;

/** Options of {@link memoryStore}. Beyond a bound a new value is refused; none goes before its time. */
export interface MemoryStoreOptions {
  /** Which store of this process it is, at most 1,024 bytes. Without it, one of its own. */
  name?: string;
  /** Values. Defaults to `100000`. */
  maxEntries?: number;
  /** Bytes of all keys and values, in UTF-8. Defaults to 64 MiB. */
  maxBytes?: number;
}

/**
 * Small values with a time to live in Redis, or Valkey, for all processes that have the same Redis and the same
 * `prefix`. It is a {@link memoryStore} otherwise: a value is there, replaced or taken for all of them at once.
 *
 * @example
 * const hub = createHub({ log: redisLog({ url }), store: redisStore({ url }) });
 *
 * @throws {SSEOptionError} For a wrong option. Neither it nor any later error shows a password.
 */
export function redisStore(options: RedisOptions): Store;

/**
 * Small values with a time to live: what {@link memoryStore} and {@link redisStore} return. Each call is one step that no
 * other call divides.
 *
 * A `key` is text of 1 to 1,024 bytes, a value text of at most 1 MiB, in UTF-8. A `ttl` is a number of milliseconds; without
 * it, or with `null`, the value stays until it is removed. In memory times are counted by a clock that does not jump, in
 * Redis by that of its server. What is put anew has the new `ttl`, or none. Every method rejects with an
 * {@link SSEOptionError} for a wrong argument, and with an {@link SSEStateError}, `ERR_SSE_STORE`, while Redis does not
 * answer.
 */
export interface Store {
  /** `'memory'`, `'redis'`, or what a store of your own calls itself. */
  readonly kind: string;
  /** What it was made with, and the defaults; of Redis without passwords. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The value of a key; `undefined` if there is none, or its time is over. */
  get(key: string): Promise<string | undefined>;
  /**
   * Puts a value, whether there is one or not.
   *
   * @throws {SSEStateError} `ERR_SSE_STORE` if there is no room.
   */
  set(key: string, value: string, ttl?: number | null): Promise<void>;
  /**
   * Puts a value if there is none, and resolves with whether it did: of several calls at a time, one.
   *
   * @throws {SSEStateError} `ERR_SSE_STORE` if there is no room.
   */
  setIfAbsent(key: string, value: string, ttl?: number | null): Promise<boolean>;
  /** The value of a key, which is removed: of several calls at a time, one gets it. */
  take(key: string): Promise<string | undefined>;
  /**
   * Puts a value in the place of `old`, and resolves with whether it did: not if something else is there, or nothing.
   *
   * @throws {SSEStateError} `ERR_SSE_STORE` if there is no room.
   */
  replace(key: string, old: string, value: string, ttl?: number | null): Promise<boolean>;
  /** Removes a value; resolves with `false` if there was none. */
  remove(key: string): Promise<boolean>;
}

// Text

/**
 * The pieces of a text, each of at most `bytes` bytes of UTF-8 and none of them empty: for services that take no more in one
 * message.
 *
 * A piece ends between two characters as people see them (emoji with all their parts, letters with their accents), and behind the
 * end of a line, a sentence or a word if its second half has one. A character that is larger than a piece is divided between
 * code points. A fence of code that a piece leaves open is closed at its end and opened again in the next one; but for
 * these lines the pieces are the text. Half a surrogate pair becomes U+FFFD.
 *
 * @example
 * splitUtf8('大河は流れる。続ける', 24); // ['大河は流れる。', '続ける']
 *
 * @param bytes A whole number, at least `4`: the size of the largest code point.
 * @throws {SSEOptionError} For a wrong argument.
 */
export function splitUtf8(text: string, bytes: number): string[];

// Hubs: servers of events

/**
 * A hub: clients, users and channels of a server of events, in any framework.
 *
 * What is published to a channel goes into a log, and to every client that has the channel. A client that comes back
 * is sent what it missed, of all its channels, from the one `Last-Event-ID` that its browser keeps; what the log has no
 * more is told as a gap. A client has no queue: one that takes nothing stays behind in the log, and costs no memory.
 *
 * Within a process, the same `name` is the same hub. Made again, as a framework does that reloads a module, it keeps its
 * clients; `cors`, `admit` and all listeners are replaced. In other modules use {@link getHub}.
 *
 * @example
 * const hub = createHub();
 * http.createServer(async (req, res) => {
 *   if (req.url === '/events') await hub.connect(req, res, { channels: ['news'] });
 * });
 * await hub.publish('news', { event: 'headline', data: { title: 'Rain' } });
 *
 * @param options Everything has a default.
 * @throws {SSEOptionError} For a wrong option, and if there is a hub of this name with other options.
 */
export function createHub(options?: HubOptions): Hub;

/**
 * The hub that {@link createHub} made with this name, in this thread.
 *
 * @param name Defaults to `'default'`.
 * @throws {SSEStateError} `ERR_SSE_CLOSED` if there is none, or none any more.
 */
export function getHub(name?: string): Hub;

/** Options of {@link createHub}. */
export interface HubOptions {
  /** Which hub of this process it is. Defaults to `'default'`. */
  name?: string;
  /**
   * Where events are kept for clients that come back. Defaults to {@link memoryLog} with its defaults. With
   * {@link redisLog} the hubs of all processes that have this name are one hub.
   */
  log?: Log;
  /**
   * Where the hub keeps what belongs to no channel, such as tickets: a {@link memoryStore}, a {@link redisStore} beside a
   * log in Redis, or one of your own with the same methods. Defaults to a {@link memoryStore} of its own.
   */
  store?: Store;
  /**
   * How long a client may hear nothing before it is sent a comment, in milliseconds, a tenth more or less; `null` for
   * never. Proxies close connections that are silent for 30 to 60 seconds. Defaults to `15000`.
   */
  heartbeat?: number | null;
  /**
   * How long browsers are to wait before they come back, in milliseconds, as `[least, most]`: each client is told a
   * time of its own, so that not all return at once after a restart. Defaults to `[2000, 4000]`.
   */
  retryDelay?: readonly [number, number];
  /**
   * What becomes of a client that is further behind than `maxLag`: it is closed, and comes back to its place
   * (`disconnect`; the second time without progress it skips), it goes on at the newest event after one that tells
   * the gap (`skip`), or of what it has not been sent it gets the newest event of each `key`, and all without one
   * (`latest`). Defaults to `'disconnect'`.
   */
  lag?: 'disconnect' | 'skip' | 'latest';
  /** How far behind a client may be. */
  maxLag?: HubMaxLag;
  /** How many clients there may be in this process; `null` for any number. Defaults to `null`. */
  maxClients?: number | null;
  /** How many of them may be one user's; `null` for any number. Defaults to `null`. */
  maxPerUser?: number | null;
  /**
   * After how long a client is closed and comes back, in milliseconds; `null` for never. For load balancers that
   * are to spread clients anew. Defaults to `null`.
   */
  maxConnectionAge?: number | null;
  /**
   * How long a client may take nothing while something waits for it, in milliseconds, before it is closed: its
   * network may have gone without a word. `null` for ever. Defaults to `10000`.
   */
  writeTimeout?: number | null;
  /** What the events are called that the hub sends by itself. */
  events?: HubEventNames;
  /** For pages of other origins. Without it nothing is said, and browsers refuse them. */
  cors?: HubCors;
  /**
   * Whether a client that comes back may have a channel that is in its position and not in `channels`: one that it
   * was subscribed to while it was here before. A position is the client's word, so that without this function such
   * channels are left out; so are all for which it does not give `true`. It runs in the context of the request. Where
   * it throws, the client is told to come again, and `'error'` is emitted.
   */
  admit?(channel: string, request: HubRequest): boolean | Promise<boolean>;
}

/** A request of which a hub makes a client: what {@link Hub.connect} or {@link Hub.response} was given. */
export type HubRequest = IncomingMessage | Http2ServerRequest | Request;

/**
 * How far a client may be behind the newest event of a channel; `null` for as far as the log reaches. Whichever is
 * first counts.
 */
export interface HubMaxLag {
  /** Events. Defaults to `null`. */
  events?: number | null;
  /** Bytes. Defaults to `null`. */
  bytes?: number | null;
  /** Milliseconds since the oldest event that was not sent. Defaults to `null`. */
  age?: number | null;
}

/** Names of the events that a hub sends by itself; events of yours must have others. */
export interface HubEventNames {
  /** The first event of each connection; data `{ clientId }`. Defaults to `'connected'`. */
  connected?: string;
  /**
   * Tells that something of a channel is missing; data `{ channel, from, to, reason }`. Load the channel's state
   * anew where it comes. Defaults to `'gap'`.
   */
  gap?: string;
  /** The last event where {@link Hub.close} lets a client go. Defaults to `'shutdown'`. */
  shutdown?: string;
}

/** Which pages of other origins may use a hub (CORS). Preflight requests are answered, too. */
export interface HubCors {
  /**
   * An origin such as `'https://example.com'`, several, `'*'` for any, or a function that gives `true` for those that
   * may; it is called with the `Origin` of a request, and the request.
   */
  origin: string | readonly string[] | ((origin: string, request: HubRequest) => boolean);
  /**
   * Whether requests may bring cookies (`withCredentials` of an `EventSource`); not with `'*'`. Defaults to `false`.
   */
  credentials?: boolean;
  /**
   * Headers that scripts may send; an `EventSource` sends none of its own. Defaults to
   * `['authorization', 'cache-control', 'content-type', 'last-event-id']`.
   */
  headers?: readonly string[];
  /** How long a browser may remember the answer to its preflight request, in milliseconds. Defaults to `600000`. */
  maxAge?: number;
}

/** Options of {@link Hub.connect}. */
export interface HubConnectOptions {
  /** Who it is, as your session says it; at most 256 bytes. `undefined` for an unknown one. */
  user?: string | null;
  /** What it is sent, beside what is for all and for its user. Defaults to `[]`. */
  channels?: readonly string[];
  /** Anything of yours; `client.data`. */
  data?: unknown;
  /**
   * Until when it may stay, such as the end of its session: a `Date`, or milliseconds from now; `null` for ever. Then
   * it is closed, and your route decides anew when it comes back. Defaults to `null`.
   */
  expires?: Date | number | null;
  /**
   * When what it shows was issued, such as its token: a `Date`, or milliseconds since 1970 (the `iat` of a token has
   * seconds). If its user was revoked since, it is answered 403; see {@link Hub.revoke}. Defaults to `null`, for what has
   * no such time: then any revocation that lasts refuses it.
   */
  issuedAt?: Date | number | null;
  /**
   * Its position, where that is neither in the header `Last-Event-ID` nor in the query, as `lastEventId`,
   * `last_event_id` or `evs_last_event_id`.
   */
  lastEventId?: string;
  /**
   * The ticket that the request shows, of {@link Hub.ticket}: it says who the client is, so that `user`, `channels`,
   * `data`, `expires` and `issuedAt` must be left out. Give what stands in the query, whatever that is: what opens nothing
   * is refused, also where it is not there (`undefined` or `null`). Then the request is answered 401, and `closed` says
   * `refused` with `ERR_SSE_UNAUTHORIZED`.
   */
  ticket?: unknown;
}

/** Options of {@link Hub.listen}. One of `port`, `socketPath` and `fd` says where it listens. */
export interface HubListenOptions {
  /** On a port; 0 for one that is free, which {@link Listener.port} tells. */
  port?: number;
  /** Of an address of this machine, or a name for one. Defaults to `'::'`, which is all of them. */
  host?: string;
  /** On a Unix socket at this path, which must not exist. */
  socketPath?: string;
  /** On a socket that listens already, such as one of systemd: its descriptor, which stays yours. */
  fd?: number;
  /**
   * Which paths have events. A segment such as `:channel` stands for any, which `authorize` gets by its name. Without
   * `authorize` the value of `:channel` is the client's channel, so that anybody hears any channel. Defaults to `'/events'`.
   */
  path?: string | readonly string[];
  /** With this certificate it speaks TLS, and HTTP/2 with who can: PEM, the chain from its own certificate on. */
  tls?: { cert: string | Uint8Array; key: string | Uint8Array };
  /**
   * Says who becomes a client, once for each connection, in the asynchronous context of `listen`. What it returns is
   * what {@link Hub.connect} takes, or the status to refuse with, from 400 to 599: a browser's `EventSource` does not
   * come back after one. If it throws, is late or returns nonsense, the client is told to come back, and the hub emits
   * `error`. A thrown {@link SSEAuthError} is a 401. Without it a request with `?ticket=` is whom {@link Hub.ticket} made
   * it for, and all others are unknown.
   */
  authorize?(
    request: ListenerRequest,
  ): HubConnectOptions | { status: number } | PromiseLike<HubConnectOptions | { status: number }>;
  /** How long `authorize` may take, in milliseconds. Defaults to `10000`. */
  authorizeTimeout?: number;
  /** How long the head of a request may be, in bytes; a longer one is answered 431. Defaults to `16384`. */
  maxHeaderSize?: number;
  /** How long it may be on its way, in milliseconds, the first and each next on a connection. Defaults to `10000`. */
  headersTimeout?: number;
  /** How many connections one address may have; more are closed at once. Defaults to `null`, for any number. */
  maxConnectionsPerAddress?: number | null;
  /** Where operators look: `/metrics`, as {@link Hub.metrics}, and `/healthz`. Its `host` defaults to `'127.0.0.1'`. */
  metrics?: { port: number; host?: string };
}

/** What {@link HubListenOptions.authorize} is asked about. */
export interface ListenerRequest {
  readonly method: string;
  /** The path and the query. */
  readonly url: string;
  /** By their names in lower case; several of one name are joined as `node:http` joins them. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What stands in the path for its parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Who is at the other end; `undefined` on a Unix socket. Behind a proxy it is the proxy. */
  readonly remoteAddress: string | undefined;
}

/** Sockets of a hub's own; see {@link Hub.listen}. */
export interface Listener {
  /** Where it listens; `undefined` on a Unix socket. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Where its metrics are, if it has them. */
  readonly metrics: { readonly address: string; readonly port: number } | undefined;
  /**
   * Takes another certificate, for connections to come: those that are open keep theirs.
   *
   * @throws {SSEOptionError} If it cannot be used, or the listener has no `tls`; then nothing changes.
   */
  setSecureContext(certificate: { cert: string | Uint8Array; key: string | Uint8Array }): void;
  /**
   * Accepts nobody any more, and lets its clients go, as {@link Hub.disconnect} does. Resolves when their connections are
   * closed, after `deadline` milliseconds at the latest; that defaults to `10000`. {@link Hub.close} does it as well.
   */
  close(options?: { deadline?: number }): Promise<void>;
  /** Closes it, at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of {@link Hub.ticket}. */
export interface HubTicketOptions {
  /** Who it is for; at most 256 bytes. `undefined` for an unknown one. */
  user?: string | null;
  /** What its client is sent, beside what is for all and for its user. Defaults to `[]`. */
  channels?: readonly string[];
  /** Anything of yours that JSON can say; `client.data`. */
  data?: unknown;
  /** How long it waits for its first use, in milliseconds. Defaults to `30000`. */
  ttl?: number;
  /**
   * Until when its client may stay and come back: a `Date`, or milliseconds from now. Then it is closed and the ticket
   * opens nothing more. Defaults to `86400000`.
   */
  expires?: Date | number;
}

/** Options of {@link Hub.response}. */
export interface HubResponseOptions extends HubConnectOptions {
  /** Called with the client once there is one, before the response is given back. */
  onClient?: (client: Client) => void;
}

/** What {@link Client.send} and {@link Hub.toClient} send. */
export interface HubMessage {
  /** Its name; without one browsers call `onmessage`. One line, at most 256 bytes. */
  event?: string;
  /** A string as it is; anything else as JSON. */
  data: unknown;
}

/** What a hub publishes. */
export interface HubEvent extends HubMessage {
  /**
   * What it is about, at most 256 bytes: with `lag: 'latest'` a client that is behind gets the newest event of each
   * key.
   */
  key?: string;
  /**
   * Names the event, at most 256 bytes: if another of the channel had the same within the last minute, nothing is
   * published, and the id is that of the first. For publishers that try again.
   */
  dedupeId?: string;
}

/**
 * What was published: its place in the channel, which is the channel's epoch and a number that counts up, with a dot
 * between. With a log in a Redis that is away it has none yet: the clients of this process have the event without an
 * `id:`, and it goes to Redis, and from there to the others, once that is back.
 */
export type HubPublication =
  | { id: string; degraded?: undefined }
  | { degraded: true; id?: undefined };

/** Options of {@link Hub.revoke}. */
export interface HubRevoke {
  /**
   * Until when a client without `issuedAt` is refused: a `Date`, or milliseconds from now. Defaults to `null`, for 24
   * hours.
   */
  until?: Date | number | null;
}

/** Which clients are meant; without a member, all. */
export interface HubFilter {
  /** The id of a client. */
  client?: string;
  /** A user. */
  user?: string;
  /** A channel. */
  channel?: string;
}

/** Whom {@link Hub.disconnect} closes: by one of `client`, `user` and `channel`. */
export interface HubDisconnect extends HubFilter {
  /** How long they are to wait before they come back, in milliseconds. */
  retryDelay?: number;
}

/** Options of {@link Hub.close}. */
export interface HubCloseOptions {
  /**
   * Over how long clients come back, in milliseconds, beside `retryDelay`. They are let go over as long, but within
   * half of `deadline`. Defaults to `5000`.
   */
  spread?: number;
  /** After how long all are gone, in milliseconds, whatever they have taken. Defaults to `10000`. */
  deadline?: number;
}

/** A user, or `null` for all unknown ones, with the number of its clients. */
export interface HubPresence {
  user: string | null;
  clients: number;
}

/** A channel, with the number of its clients. */
export interface HubChannel {
  channel: string;
  clients: number;
}

/**
 * Why a client is closed:
 * - `left`: it went away.
 * - `disconnect`: {@link Client.close} or {@link Hub.disconnect}.
 * - `lag`: it was further behind than `maxLag`.
 * - `expired`: `expires` is over.
 * - `age`: `maxConnectionAge` is over.
 * - `timeout`: it took nothing for `writeTimeout`.
 * - `revoked`: {@link Hub.revoke} of its user.
 * - `shutdown`: {@link Hub.close}.
 * - `refused`: it was told to come again later, answered 403 if its user was revoked, or 401 for a ticket that opens nothing;
 *   `error` says why.
 * - `answered`: its request was a `HEAD`, or a preflight, which makes no client.
 */
export type ClientCloseReason =
  | 'left'
  | 'disconnect'
  | 'lag'
  | 'expired'
  | 'age'
  | 'timeout'
  | 'revoked'
  | 'shutdown'
  | 'refused'
  | 'answered';

/** How a client ended. */
export interface ClientClosed {
  reason: ClientCloseReason;
  /**
   * Why it was refused: `ERR_SSE_OVERLOAD` for `maxClients` and `maxPerUser`, `ERR_SSE_CLOSED` from a hub that is
   * closing, `ERR_SSE_CALLBACK` if `admit` threw, `ERR_SSE_REVOKED` if its user was revoked, `ERR_SSE_LOG` if the log is
   * in a Redis that does not answer, and this process cannot serve it from what it has.
   */
  error?: SSEError;
}

/** What is missing of a channel: the data of a `gap` event, too. */
export interface HubGap {
  channel: string;
  /** The number of the first event that is missing; 0 if the channel has begun anew. */
  from: number;
  /** That of the last. */
  to: number;
  /**
   * The log has no more what the client missed (`trimmed`), the process was started anew, and what was before is
   * gone (`epoch`), or the client was too far behind (`lag`).
   */
  reason: 'trimmed' | 'epoch' | 'lag';
}

/** What listeners of {@link Hub} are given. */
export interface HubEvents {
  /** A client is there. */
  connect: [client: Client];
  /** A client that was there is gone. */
  disconnect: [gone: { client: Client; reason: ClientCloseReason }];
  /** A client is further behind than `maxLag`: by so many events, bytes, milliseconds; what becomes of it. */
  lag: [
    lag: {
      client: Client;
      events: number;
      bytes: number;
      age: number;
      action: 'disconnect' | 'skip' | 'latest';
    },
  ];
  /** A client was told of a gap: what it is told, too. */
  gap: [gap: { client: Client } & HubGap];
  /**
   * The log is in a Redis that is away (`true`), and why; or back again (`false`). Meanwhile what is published reaches
   * the clients of this process only; on return the others get it, once and in order.
   */
  degraded: [state: { degraded: true; reason: string } | { degraded: false; reason?: undefined }];
  /**
   * A function of yours threw: `admit`, or that of `cors.origin`. Or, with a log in Redis, {@link Client.subscribe} could
   * not be done.
   */
  error: [error: SSEError];
}

/**
 * A hub. Made by {@link createHub}. Listeners run in the asynchronous context in which they were added.
 *
 * Names of channels have 1 to 256 bytes and no control characters; `*` and what begins with `user:` are the hub's
 * own. What is published to a channel comes in the same order to all; each event at least once, and once for a
 * client that keeps its position. A method that gives a promise concerns the clients of all processes, if the log is in
 * Redis: it rejects with an {@link SSEOptionError} for a wrong argument, and with an {@link SSEStateError},
 * `ERR_SSE_LOG`, where it needs a Redis that does not answer.
 */
export class Hub extends EventEmitter {
  private constructor();
  /** Which hub of this process it is. */
  readonly name: string;
  /**
   * Makes a client of a request to a Node server: node:http, Express, Fastify, Koa, the pages router of Next.js, also
   * over HTTP/2. The response begins at once, with the `connected` event, and stays open until the client is closed.
   * Headers that were set on it before are kept. Of thousands that come at once, as after an outage, only those of
   * the first 5 ms begin in the same turn of the event loop, the others in the next turns: what is published before
   * this resolves may be before the beginning of the client.
   *
   * Where no client comes of it, it resolves with one that is closed, and `client.closed` says why: it went away
   * while it waited or `admit` was asked, there are too many, or Redis is away (it is answered 200 with `retry:`, since any other status
   * would keep a browser away for good), its user was revoked (403), or the request is a `HEAD` or `OPTIONS`, which is
   * answered.
   *
   * @param request The request that is answered: for its method, its position and its origin.
   * @param response The head of which is not sent yet.
   * @throws {SSEOptionError} For a wrong option; nothing is sent then.
   * @throws {SSEStateError} `ERR_SSE_CLOSED` if the response is in use already.
   */
  connect(
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
    options?: HubConnectOptions,
  ): Promise<Client>;
  /**
   * The same for frameworks that take a `Response`: the app router of Next.js, Hono, SvelteKit and others. The client
   * leaves when the body is cancelled, or the request's `signal` aborted. Where no client comes of it, the response is
   * whole, and `onClient` is not called.
   *
   * @throws {SSEOptionError} For a wrong option.
   */
  response(request: Request, options?: HubResponseOptions): Promise<Response>;
  /**
   * Serves the hub on sockets of its own, beside the event loop: JavaScript is asked who becomes a client, once for each
   * connection, and does nothing for what clients are sent. HTTP/1.1 and HTTP/2, with `tls` or without; its clients are
   * those of the hub like all others. Resolves once it listens, and keeps the process alive until it is closed.
   *
   * Any other path is answered 404, any other method 405, a request that takes no event stream 406. What is no request is
   * answered 400, and its connection closed; nothing of it reaches JavaScript. Bodies are not read.
   *
   * @example
   * const hub = createHub();
   * const listener = await hub.listen({
   *   port: 8080,
   *   path: '/events/:channel',
   *   authorize: ({ headers, params: { channel = 'news' } }) =>
   *     headers.authorization === 'Bearer secret' ? { channels: [channel] } : { status: 401 },
   * });
   *
   * @throws {SSEOptionError} For a wrong option.
   * @throws {SSEStateError} `ERR_SSE_LISTEN` if the address cannot be had; its `cause` has the system's code.
   *   `ERR_SSE_CLOSED` if the hub is closing.
   */
  listen(options: HubListenOptions): Promise<Listener>;
  /**
   * Publishes to every client, also to those who come back within the time of the log. With a log in a Redis that is away
   * it resolves with `{ degraded: true }`, and rejects with `ERR_SSE_LOG` once what waits for Redis is as large as the
   * log's `maxBytes`. So do the two that follow.
   */
  broadcast(event: HubEvent): Promise<HubPublication>;
  /** Publishes to the clients of a channel. */
  publish(channel: string, event: HubEvent): Promise<HubPublication>;
  /** Publishes to all clients of a user, also to those who come back within the time of the log. */
  toUser(user: string, event: HubEvent): Promise<HubPublication>;
  /**
   * Sends to one client, for this connection alone: it is not kept. Resolves with `false` if there is no such client,
   * or it takes nothing now.
   */
  toClient(id: string, event: HubMessage): Promise<boolean>;
  /** Gives a client one more channel, from now on; `false` if there is no such client. Check first whose id it is. */
  subscribe(id: string, channel: string): Promise<boolean>;
  /** Takes a channel from a client; `false` if there is no such client. */
  unsubscribe(id: string, channel: string): Promise<boolean>;
  /** Users that are here. */
  users(): Promise<HubPresence[]>;
  /** Channels that clients have. */
  channels(): Promise<HubChannel[]>;
  /** Who has a channel. */
  presence(channel: string): Promise<HubPresence[]>;
  /**
   * Closes clients, in all processes; resolves with the number of those in this one. They come back, unless your route
   * refuses them.
   */
  disconnect(target: HubDisconnect): Promise<number>;
  /**
   * Closes all clients of a user, in all processes within five seconds, and refuses those that come with something issued
   * before now (`issuedAt`), or with nothing that says when it was issued until `until`: they are answered 403, after which
   * browsers stay away. Who signs in anew, and says so by `issuedAt`, comes in.
   */
  revoke(user: string, options?: HubRevoke): Promise<void>;
  /**
   * Makes a ticket: text for the query of a URL, which opens one session without another credential. Whoever shows it
   * first has the session; who shows it again takes it over, and the client before is closed, in whichever process
   * it is. So an `EventSource` comes back with the same URL, and a copy of the URL does not listen along unnoticed.
   * It is kept under a hash in the hub's `store`, where `revoke` finds it older than itself.
   *
   * @example
   * app.post('/tickets', async (req, res) => {
   *   res.json({ ticket: await hub.ticket({ user: req.session.userId, channels: ['news'] }) });
   * });
   * app.get('/events', (req, res) => hub.connect(req, res, { ticket: req.query.ticket }));
   *
   * @returns Resolves with the ticket: 192 random bits, in 32 characters.
   * @throws {SSEOptionError} For a wrong option.
   * @throws {SSEStateError} `ERR_SSE_STORE` if the store has no room, or cannot be reached.
   */
  ticket(options?: HubTicketOptions): Promise<string>;
  /** Clients of this thread; those of other workers are objects there. */
  clients(filter?: HubFilter): Client[];
  /** What this hub has, and has been through, in this process. */
  stats(): HubStats;
  /** The same as text for Prometheus, with the label `hub`. Its content type is `text/plain; version=0.0.4`. */
  metrics(): string;
  /**
   * Lets all clients go: each gets the `shutdown` event and a `retry:` of its own, paced over `spread`; who comes
   * meanwhile is told to come again. Resolves when all are gone, so that `server.close()` ends, at the latest after
   * `deadline`. Calling it again waits for the same.
   *
   * @example
   * process.once('SIGTERM', async () => {
   *   server.close();
   *   await hub.close();
   * });
   */
  close(options?: HubCloseOptions): Promise<void>;

  on<K extends keyof HubEvents>(name: K, listener: (...args: HubEvents[K]) => void): this;
  once<K extends keyof HubEvents>(name: K, listener: (...args: HubEvents[K]) => void): this;
  off<K extends keyof HubEvents>(name: K, listener: (...args: HubEvents[K]) => void): this;
}

/** One connection to a hub. Made by {@link Hub.connect} and {@link Hub.response}. */
export class Client {
  private constructor();
  /**
   * Names it in this process and others: the `clientId` of its `connected` event. It cannot be guessed, and is good
   * for this connection only. `''` where no client came of the request.
   */
  readonly id: string;
  /** Whose it is. */
  readonly user: string | undefined;
  /** The channels that it has, without that of its user. */
  readonly channels: string[];
  /** What you gave it, or put there. */
  data: unknown;
  /** Resolves when it is closed, however that comes. */
  readonly closed: Promise<ClientClosed>;
  /**
   * Sends to it alone, for this connection: it is not kept. `false` if it is closed, or takes nothing now.
   *
   * @throws {SSEOptionError} When the event is wrong.
   */
  send(event: HubMessage): boolean;
  /**
   * Gives it one more channel, from now on; `false` if it is closed. With a log in Redis it comes into force a moment
   * later, but before anything that this process publishes then; where that fails, the hub emits `'error'`.
   *
   * @throws {SSEOptionError} When the name is wrong.
   */
  subscribe(channel: string): boolean;
  /**
   * Takes a channel from it; `false` if it is closed.
   *
   * @throws {SSEOptionError} When the name is wrong.
   */
  unsubscribe(channel: string): boolean;
  /**
   * Closes it, behind what it has been sent. A browser comes back; to keep it away answer 204 then.
   *
   * @param options How long it is to wait before that, in milliseconds.
   * @throws {SSEOptionError} When `retryDelay` is wrong.
   */
  close(options?: { retryDelay?: number }): void;
}

/** What a hub has in this process, and what it has been through. */
export interface HubStats {
  /** Clients now. */
  clients: number;
  /** Users with a client now. */
  users: number;
  /** Channels with a client now. */
  channels: number;
  /** Clients whose connections take no more now. */
  stalled: number;
  /** Clients that have not been sent everything now. */
  behind: number;
  /** Events that were published. */
  published: number;
  /** Events that were sent, counted for each client. */
  deliveries: number;
  /** Bytes of these. */
  bytes: number;
  /** Comments that were sent to silent clients. */
  heartbeats: number;
  /** Gaps that clients were told of. */
  gaps: number;
  /** Times that a client was further behind than `maxLag`. */
  lagged: number;
  /** Clients that were told to come again later. */
  refused: number;
  /** Bytes that the log takes in memory now. */
  log: { bytes: number };
  /** Clients that have gone, by the reason. */
  closed: Record<Exclude<ClientCloseReason, 'refused' | 'answered'>, number>;
}

// Errors

/** Every code, with the class that carries it. */
export type ErrorCode =
  /** The connection was refused, or closed before a response. `SSEConnectError`. */
  | 'ERR_SSE_CONNECT'
  /** The host name could not be resolved. `SSEConnectError`. */
  | 'ERR_SSE_DNS'
  /** The TLS handshake failed: certificate, name or protocol. `SSETLSError`. */
  | 'ERR_SSE_TLS'
  /** The proxy could not be reached, or did not connect to the server. `SSEProxyError`. */
  | 'ERR_SSE_PROXY'
  /** A deadline passed; `phase` says which. `SSETimeoutError`. */
  | 'ERR_SSE_TIMEOUT'
  /** The server answered with a status that is no stream. `SSEStatusError`. */
  | 'ERR_SSE_STATUS'
  /** The response is no event stream. `SSEContentTypeError`. */
  | 'ERR_SSE_CONTENT_TYPE'
  /** The response's `Content-Encoding` is unknown or corrupt. `SSEContentEncodingError`. */
  | 'ERR_SSE_CONTENT_ENCODING'
  /** A redirect that must not be followed. `SSERedirectError`. */
  | 'ERR_SSE_REDIRECT'
  /** The connection broke while the response was arriving. `SSEResetError`. */
  | 'ERR_SSE_RESET'
  /** The body ended before its length, its last chunk or `terminal`. `SSETruncatedError`. */
  | 'ERR_SSE_TRUNCATED'
  /** An event larger than `maxEventSize`, or an answer that outgrew a bound. `SSESizeError`. */
  | 'ERR_SSE_SIZE'
  /** A callback threw, or did not answer in time; see `cause`. `SSECallbackError`. */
  | 'ERR_SSE_CALLBACK'
  /** The body ended cleanly, and there are no attempts left. `SSEExhaustedError`. */
  | 'ERR_SSE_EXHAUSTED'
  /** The request cannot be sent as configured. `SSERequestError`. */
  | 'ERR_SSE_REQUEST'
  /** The provider said, inside a response that began as a success, what went wrong. `SSEProviderError`. */
  | 'ERR_SSE_PROVIDER'
  /** An event of an answer is not what its provider's dialect sends. `SSEMalformedError`. */
  | 'ERR_SSE_MALFORMED'
  /** The pool has no endpoint that could be asked. `SSEPoolError`. */
  | 'ERR_SSE_POOL'
  /** The engine itself failed, which is a bug to report. `SSEInternalError`. */
  | 'ERR_SSE_INTERNAL'
  /** Loading the package failed: there is no addon that serves here. `SSEError`. */
  | 'ERR_SSE_ADDON'
  /** An argument is wrong. `SSEOptionError`. */
  | 'ERR_SSE_OPTION'
  /** The stream has an iterator already. `SSEStateError`. */
  | 'ERR_SSE_LOCKED'
  /** It is over, and this needs it open. `SSEStateError`. */
  | 'ERR_SSE_CLOSED'
  /** The answer began anew after `textStream` had given text of it. `SSEStateError`. */
  | 'ERR_SSE_RESTARTED'
  /** A hub has as many clients as it may have; see `client.closed`. `SSEStateError`. */
  | 'ERR_SSE_OVERLOAD'
  /** The user of a hub's client was revoked; see `client.closed`. `SSEStateError`. */
  | 'ERR_SSE_REVOKED'
  /** A hub cannot have the address that it was to listen on; `cause.code` is the system's. `SSEStateError`. */
  | 'ERR_SSE_LISTEN'
  /** A store has no room for another value, or cannot be reached. `SSEStateError`. */
  | 'ERR_SSE_STORE'
  /** A request has no token or ticket that opens anything; `status` is 401 or 403. `SSEAuthError`. */
  | 'ERR_SSE_UNAUTHORIZED'
  /** The keys that tokens are judged by cannot be had now; see `cause`. `SSEAuthError`. */
  | 'ERR_SSE_KEYS'
  /** A run was stopped, by `relay.stop()` or because it had no reader. `SSERunError`. */
  | 'ERR_SSE_STOPPED'
  /** The process that produced a run is gone. `SSERunError`. */
  | 'ERR_SSE_PRODUCER_LOST'
  /** The source of a run threw something that is no error of this package; see `cause`. `SSERunError`. */
  | 'ERR_SSE_SOURCE'
  /** A log cannot take more, or cannot be reached. Of runs `SSERunError`, of hubs `SSEStateError`. */
  | 'ERR_SSE_LOG';

/** Where in an attempt a failure happened; of a timeout, which one. */
export type ErrorPhase =
  /** Callbacks compute the request. */
  | 'prepare'
  /** Name resolution, TCP or TLS. */
  | 'connect'
  /** The request is out; no response headers yet. */
  | 'headers'
  /** The response is judged: status, type, encoding, redirect. */
  | 'response'
  /** Bytes arrive. */
  | 'body'
  /** No byte arrived for `timeouts.idle`. */
  | 'idle'
  /** No event arrived for `timeouts.event`. */
  | 'event'
  /** `timeouts.total` is over. */
  | 'total';

/** What the constructor of an error takes beside its message. */
export interface SSEErrorDetails {
  code: ErrorCode;
  phase?: ErrorPhase;
  status?: number;
  headers?: ResponseHeaders;
  body?: string;
  attempt?: number;
  retryable?: boolean;
  exhausted?: boolean;
  retryAfter?: number;
  url?: string;
  lastEventId?: string;
  events?: number;
  bytes?: number;
  tail?: string;
  kind?: ErrorKind;
  providerCode?: string;
  requestId?: string;
  cause?: unknown;
}

/**
 * What went wrong with an answer, whatever its provider calls it:
 * - `rate-limit`: too many requests or tokens in a time.
 * - `overloaded`: no capacity right now.
 * - `quota`: the account is out of credit.
 * - `auth`: the key is not valid; `permission`: it may not do this.
 * - `not-found`: no such model, or no such endpoint.
 * - `context-length`: prompt and answer do not fit the model.
 * - `content-filter`: a filter stopped the prompt or the answer.
 * - `invalid-request`: the request is wrong in another way.
 * - `timeout`: the provider gave up waiting.
 * - `server`: the provider broke, or did not say what happened.
 * - `malformed`: an event is not what the dialect sends.
 * - `bound`: the answer outgrew a bound: choices, tool calls, arguments or content.
 */
export type ErrorKind =
  | 'rate-limit'
  | 'overloaded'
  | 'quota'
  | 'auth'
  | 'permission'
  | 'not-found'
  | 'context-length'
  | 'content-filter'
  | 'invalid-request'
  | 'timeout'
  | 'server'
  | 'malformed'
  | 'bound';

/**
 * Every failure of this package. `instanceof` works across copies of it. Branch on `code`; the
 * message is for people, and neither it nor any printed member holds a secret: credentials of
 * headers, URL, proxy and `apiKey` are `***` also where the server quotes them.
 */
export class SSEError extends Error {
  constructor(message: string, details: SSEErrorDetails);
  /** What failed; stable. */
  readonly code: ErrorCode;
  /** Where; absent for wrong arguments and states. */
  readonly phase?: ErrorPhase;
  /** The HTTP status, if the server answered. */
  readonly status?: number;
  /** The response headers, if the server refused; not printed with the error. */
  readonly headers?: ResponseHeaders;
  /** At most the first KiB of the body, if the server refused. */
  readonly body?: string;
  /** Which attempt of the stream failed, from 1. */
  readonly attempt?: number;
  /**
   * Whether the same request may succeed later, as far as the failure tells, whatever `retry` says; not
   * whether it is safe to repeat. Of a status: 408, 409, 425, 429, a 5xx that may pass, and those of
   * `retry.statuses`.
   */
  readonly retryable?: boolean;
  /**
   * Whether the failure ended the stream because `retry.attempts`, `retry.elapsed` or a `deadline` left no
   * room for another attempt; `false` where no attempt would have followed anyway, or one does.
   */
  readonly exhausted?: boolean;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfter?: number;
  /** The URL, without user name and password, each value of its query replaced by `***`. */
  readonly url?: string;
  /** The last id received when it failed; `""` for none. */
  readonly lastEventId?: string;
  /** Events received until then, over all attempts. */
  readonly events?: number;
  /** Body bytes received until then, over all attempts. */
  readonly bytes?: number;
  /** What a provider said went wrong with an answer; absent if it said nothing. */
  readonly kind?: ErrorKind;
  /** The provider's own code for it. */
  readonly providerCode?: string;
  /** The `X-Request-ID` of the answer that failed. */
  readonly requestId?: string;
  /** What came of the answer until it failed; not printed with the error. */
  readonly partial?: ChatAnswer;
  /** The lower-level failure; for `ERR_SSE_CALLBACK` what was thrown. */
  readonly cause?: unknown;
}

/** No connection: `ERR_SSE_CONNECT` or `ERR_SSE_DNS`. */
export class SSEConnectError extends SSEError {
  readonly code: 'ERR_SSE_CONNECT' | 'ERR_SSE_DNS';
}

/** The TLS handshake failed. */
export class SSETLSError extends SSEError {
  readonly code: 'ERR_SSE_TLS';
}

/**
 * The proxy could not be reached, refused us, or did not connect. What an HTTP proxy answered to
 * CONNECT is in `status`, `body` and `headers`; 407 if it wants another user name or password.
 */
export class SSEProxyError extends SSEError {
  readonly code: 'ERR_SSE_PROXY';
}

/** A deadline passed: that of `phase`. */
export class SSETimeoutError extends SSEError {
  readonly code: 'ERR_SSE_TIMEOUT';
  readonly phase: ErrorPhase;
}

/** The server answered with a status that is no stream. */
export class SSEStatusError extends SSEError {
  readonly code: 'ERR_SSE_STATUS';
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/** The response is no event stream. */
export class SSEContentTypeError extends SSEError {
  readonly code: 'ERR_SSE_CONTENT_TYPE';
}

/** The response's `Content-Encoding` is unknown or corrupt. */
export class SSEContentEncodingError extends SSEError {
  readonly code: 'ERR_SSE_CONTENT_ENCODING';
}

/** A redirect that must not be followed. */
export class SSERedirectError extends SSEError {
  readonly code: 'ERR_SSE_REDIRECT';
}

/** The connection broke while the response was arriving. */
export class SSEResetError extends SSEError {
  readonly code: 'ERR_SSE_RESET';
}

/** The body ended before its declared end. What was delivered is not the whole. */
export class SSETruncatedError extends SSEError {
  readonly code: 'ERR_SSE_TRUNCATED';
  /** At most the last KiB of the body. */
  readonly tail?: string;
}

/** An event larger than `maxEventSize`, or an answer that outgrew a bound (`kind` is `bound`). */
export class SSESizeError extends SSEError {
  readonly code: 'ERR_SSE_SIZE';
}

/** A callback threw, or did not answer in time; `cause` is what it threw. */
export class SSECallbackError extends SSEError {
  readonly code: 'ERR_SSE_CALLBACK';
}

/** The body ended cleanly once more, and there are no attempts left. */
export class SSEExhaustedError extends SSEError {
  readonly code: 'ERR_SSE_EXHAUSTED';
}

/** The request cannot be sent as configured. */
export class SSERequestError extends SSEError {
  readonly code: 'ERR_SSE_REQUEST';
}

/** The provider said what went wrong, inside a response that began as a success; `kind` says what. */
export class SSEProviderError extends SSEError {
  readonly code: 'ERR_SSE_PROVIDER';
  readonly kind: ErrorKind;
}

/** An event of an answer is not what its provider's dialect sends. */
export class SSEMalformedError extends SSEError {
  readonly code: 'ERR_SSE_MALFORMED';
  readonly kind: 'malformed';
}

/** The pool has no endpoint that could be asked: it is empty, none fits, or every key was refused. */
export class SSEPoolError extends SSEError {
  readonly code: 'ERR_SSE_POOL';
}

/** The engine itself failed, which is a bug to report. */
export class SSEInternalError extends SSEError {
  readonly code: 'ERR_SSE_INTERNAL';
}

/** An argument is wrong. It is an instance of `TypeError`, too. */
export class SSEOptionError extends SSEError {
  constructor(message: string, details?: Partial<SSEErrorDetails>);
  readonly code: 'ERR_SSE_OPTION';
}

/** It cannot be done in this state. */
export class SSEStateError extends SSEError {
  readonly code:
    | 'ERR_SSE_LOCKED'
    | 'ERR_SSE_CLOSED'
    | 'ERR_SSE_RESTARTED'
    | 'ERR_SSE_LOG'
    | 'ERR_SSE_OVERLOAD'
    | 'ERR_SSE_REVOKED'
    | 'ERR_SSE_LISTEN'
    | 'ERR_SSE_STORE';
}

/**
 * A request is refused for what it has, or has not, to show who sends it (`ERR_SSE_UNAUTHORIZED`, with the `status` to
 * answer); or that cannot be judged now (`ERR_SSE_KEYS`).
 */
export class SSEAuthError extends SSEError {
  readonly code: 'ERR_SSE_UNAUTHORIZED' | 'ERR_SSE_KEYS';
}

/**
 * A run ended otherwise than by its source's own end, or could not begin. `code` is that of the source's
 * failure if it is one of this package, and says why otherwise.
 */
export class SSERunError extends SSEError {}
