/// <reference types="node" />

/**
 * Perennial: Server-Sent Events that never run dry.
 *
 * Times are milliseconds, sizes are bytes. `null` disables a limit where the type allows it.
 */

import { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';

/** The version of this package, such as `"1.2.3"`. */
export const version: string;

/**
 * Opens a stream of Server-Sent Events, with any HTTP method.
 *
 * It dials on the next tick. Events wait until the first event listener or `next()` asks for them.
 *
 * @example
 * for await (const event of connect('https://example.com/events')) console.log(event.data);
 *
 * @param url An absolute `http:` or `https:` URL, or a function that gives the URL of each attempt.
 *   A user name and password in it become an `Authorization: Basic` header, unless `headers` has
 *   an `authorization` of its own; `url`, errors and logs never show them.
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
  | { add: number };

/** When to try again, and after how long. */
export interface RetryOptions {
  /**
   * How many times in a row to try again before giving up; the first attempt is not one of them.
   * A connection that stays up for `resetAfter` starts the count anew. Defaults to `null` (without
   * limit) for GET and HEAD, to `2` for other methods.
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
   * `EventSource` to `{ add: 1000 }`: the standard lets it wait longer than told, not shorter.
   */
  jitter?: Jitter;
  /** How long one outage may last, in milliseconds, before giving up. Defaults to `null`. */
  elapsed?: number | null;
  /** How long a connection must stay up, in ms, to count as stable. Defaults to `60000`. */
  resetAfter?: number;
  /**
   * Instead of giving up, wait this many milliseconds and begin to count anew. Defaults to `null`.
   */
  recoverAfter?: number | null;
  /**
   * The HTTP statuses after which to try again. Defaults to
   * `[408, 425, 429, 500, 502, 503, 504]`, for `EventSource` to `[]`.
   */
  statuses?: readonly number[];
  /**
   * Whether a request with a method other than GET and HEAD, sent in full and then cut before the
   * first event, may be sent again: the server may act on it twice. Defaults to `false`.
   */
  unsafe?: boolean;
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
  /** Events. Defaults to `1024`. */
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
  /** The client's certificate chain; needs `key`. Defaults to none. */
  cert?: Pem;
  /** The client's private key, not encrypted; needs `cert`. Defaults to none. */
  key?: Pem;
  /** `false` accepts any certificate: anybody may then read the stream. Defaults to `true`. */
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
  /** When to try again; `false` for never. Defaults as {@link RetryOptions} says. */
  retry?: RetryOptions | false;
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
   * Further media types to take for a stream, for gateways with a wrong `Content-Type`; without
   * parameters or wildcards. `text/event-stream` always is one. Defaults to `[]`.
   */
  accept?: readonly string[];
  /**
   * Whether to drop events that a server sends again after a reconnect although they were
   * delivered: same ids, in order. Defaults to `false`.
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
   * How many redirects an attempt may follow, 0 to 100. Across origins every header but `Accept*`
   * is dropped and a body is never sent again. Defaults to `20`.
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

/** A wait before another attempt. */
export interface RetryInfo {
  /** Which retry in a row is coming, from 1; 0 for a recovery. */
  readonly attempt: number;
  /** `retry.attempts`: how many there may be; `null` without limit. */
  readonly maxAttempts: number | null;
  /** How long it waits, in milliseconds. */
  readonly delay: number;
  /** Whether attempts were used up and `retry.recoverAfter` begins the count anew. */
  readonly recovery: boolean;
  /** Why; `null` when the body merely ended. */
  readonly error: SSEError | null;
}

/** How a stream ended. */
export interface CloseInfo {
  readonly reason: CloseReason;
  /** The failure, with reason `error` only. */
  readonly error?: SSEError;
}

/** Counters of a stream since its beginning. They hold no URL, header or data. */
export interface StreamStats {
  /** Connections tried. */
  readonly attempts: number;
  /** Of these, how many came after another. */
  readonly retries: number;
  /** Failures, also those that a retry made good. */
  readonly errors: number;
  /** The last of them, code and sentence; `null` without one. */
  readonly lastError: string | null;
  /** Milliseconds without a connection since the first one opened. */
  readonly downtime: number;
  /** Milliseconds since the present connection opened; 0 without one. */
  readonly connectedFor: number;
  /** Events parsed. */
  readonly events: number;
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
   * `""` while a function is to say. Without user name, password and fragment; with its query, so
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
   * with `signal.reason`, or with `ERR_SSE_CLOSED`. Nobody need handle it.
   */
  readonly opened: Promise<OpenInfo>;
  /**
   * Resolves when the stream is over, and the events before its end were taken: without a listener
   * or iterator for them it waits. Rejects with the failure that ended it, or with `signal.reason`.
   * Nobody need handle it.
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
   * The stream encoded as Server-Sent Events. Takes the place of the iterator.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   */
  toReadableStream(): ReadableStream<Uint8Array>;
  /**
   * A response for a web framework. A failure before the first event becomes its status; when
   * there is no event after `decideWithin`, it begins with 200 and a comment. Cancelling its body
   * closes the stream.
   *
   * @throws {SSEStateError} `ERR_SSE_LOCKED` when something iterates already.
   */
  toResponse(options?: ToResponseOptions): Promise<Response>;
  /**
   * Writes the encoded stream to a response of `node:http` or any writable. Of a response whose
   * headers are not sent, a failure before the first event becomes the status, as in
   * {@link EventStream.toResponse}. Resolves when the stream is over; when the client leaves, the
   * stream is closed; a later failure destroys `destination` and rejects. So does an error of a
   * destination that is no response.
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

/** Options of {@link EventStream.toResponse}. */
export interface ToResponseOptions {
  /**
   * How long to wait for the first event before deciding on 200, in milliseconds; `null` waits as
   * long as it takes. Defaults to `1000`.
   */
  decideWithin?: number | null;
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
 * The `EventSource` of WHATWG HTML 9.2, with backoff. It keeps the process alive until closed.
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

/** Decodes Server-Sent Events from bytes, cut anywhere. */
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
 * @throws {SSEOptionError} When `event` or `id` holds a line break or NUL, or `retry` is no whole
 *   number: it would start a field of its own.
 */
export function encodeEvent(event: OutgoingEvent): string;

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
  /** An event larger than `maxEventSize`. `SSESizeError`. */
  | 'ERR_SSE_SIZE'
  /** A callback threw, or did not answer in time; see `cause`. `SSECallbackError`. */
  | 'ERR_SSE_CALLBACK'
  /** The body ended cleanly, and there are no attempts left. `SSEExhaustedError`. */
  | 'ERR_SSE_EXHAUSTED'
  /** The request cannot be sent as configured. `SSERequestError`. */
  | 'ERR_SSE_REQUEST'
  /** The engine itself failed, which is a bug to report. `SSEInternalError`. */
  | 'ERR_SSE_INTERNAL'
  /** An argument is wrong. `SSEOptionError`. */
  | 'ERR_SSE_OPTION'
  /** The stream has an iterator already. `SSEStateError`. */
  | 'ERR_SSE_LOCKED'
  /** It is over, and this needs it open. `SSEStateError`. */
  | 'ERR_SSE_CLOSED';

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
  retryAfter?: number;
  url?: string;
  lastEventId?: string;
  events?: number;
  bytes?: number;
  tail?: string;
  cause?: unknown;
}

/**
 * Every failure of this package. `instanceof` works across copies of it. Branch on `code`; the
 * message is for people, and neither it nor any printed member holds a secret.
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
  /** Whether the same request may succeed later, as far as the failure tells. */
  readonly retryable?: boolean;
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

/** The proxy could not be reached, refused us (then `status` is 407), or did not connect. */
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

/** An event larger than `maxEventSize`. */
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

/** The engine itself failed, which is a bug to report. */
export class SSEInternalError extends SSEError {
  readonly code: 'ERR_SSE_INTERNAL';
}

/** An argument is wrong. It is an instance of `TypeError`, too. */
export class SSEOptionError extends SSEError {
  constructor(message: string, details?: Partial<SSEErrorDetails>);
  readonly code: 'ERR_SSE_OPTION';
}

/** It cannot be done in this state: `ERR_SSE_LOCKED` or `ERR_SSE_CLOSED`. */
export class SSEStateError extends SSEError {
  readonly code: 'ERR_SSE_LOCKED' | 'ERR_SSE_CLOSED';
}
