/**
 * Hooks for React 18.3 and later. They never load the native core; on a server they render `initial` and
 * open nothing.
 */

import type { ServerSentEvent, SSEError } from '../../index.js';
import type { ConnectOptions } from '../browser/index.js';

/**
 * When events are shown: `'frame'` at most once a frame, and so seldom that rendering takes a fifth of the time, but ten times
 * a second (a hidden page: every 250 ms); after so many milliseconds; or `false`, at once with each event.
 */
export type Throttle = 'frame' | number | false;

/** An event, of which the name is one of those that were asked for. */
export interface NamedEvent<Name extends string> extends ServerSentEvent {
  event: Name;
}

/**
 * Where a stream is:
 * - `idle`: there is none: no URL, not enabled, or on a server.
 * - `connecting`: for the first time. `open`: events may arrive.
 * - `reconnecting`: it broke, and waits or connects again; see `attempt` and `nextRetryAt`.
 * - `paused`: the page is hidden, with `pauseWhenHidden`.
 * - `closed`: complete, or closed by `close()`. `error`: it failed for good.
 */
export type EventStreamStatus =
  | 'idle'
  | 'connecting'
  | 'open'
  | 'reconnecting'
  | 'paused'
  | 'closed'
  | 'error';

/** Options of {@link useEventStream}: those of `connect` in a browser but the signal, and its own. */
export interface EventStreamOptions<Name extends string = string>
  extends Omit<ConnectOptions, 'signal'> {
  /** The names that count, `'message'` for events without one. Defaults to all. */
  events?: readonly Name[];
  /** Whether there is a stream. Defaults to `true`. */
  enabled?: boolean;
  /** How often the component renders at most; ends and failures at once. Defaults to `'frame'`. */
  throttle?: Throttle;
  /** Called with each event as it comes, whatever `throttle` says. The newest function is called. */
  onEvent?: (event: NamedEvent<Name>) => void;
  /** Called with the failure that ends the stream. The newest function is called. */
  onError?: (error: SSEError) => void;
}

/** What {@link useEventStream} gives; a new object when something has changed. */
export interface EventStreamState<Data, Name extends string = string> {
  /** What `select` made of the last event, or `reduce` of all of them. */
  readonly data: Data;
  /** The newest events, oldest first; at most 100. */
  readonly events: readonly NamedEvent<Name>[];
  /** Where the stream is. */
  readonly status: EventStreamStatus;
  /** Retries in a row, from 1; 0 while it is open. */
  readonly attempt: number;
  /** When it tries again, as `Date.now()` counts; `null` without a wait. */
  readonly nextRetryAt: number | null;
  /** The id of the last event; `""` for none. */
  readonly lastEventId: string;
  /** Why it waits, or failed; `null` while all is well. */
  readonly error: SSEError | null;
  /** Connects at once, also a stream that is over. The same function at each render. */
  readonly reconnect: () => void;
  /** Closes the stream until `reconnect()`. The same function at each render. */
  readonly close: () => void;
}

/**
 * The events of a stream. It is opened when the component is on the page and closed when it leaves; whatever
 * React does in between, the server sees one stream for each hook.
 *
 * Options count by their values: an object made at each render opens nothing anew, and neither does another
 * function. What is wrong with them is in `error`.
 *
 * @example
 * const { data, status } = useEventStream<{ price: number }>('/prices', { events: ['price-update'] });
 *
 * @param url The URL, relative to that of the page; `null` for no stream.
 */
export function useEventStream<Data, const Name extends string = string>(
  url: string | URL | null | undefined,
  options: EventStreamOptions<Name> & {
    /** What `data` is at first. */
    initial: Data;
    /** Makes the next `data` of the one before and an event. */
    reduce: (data: Data, event: NamedEvent<Name>) => Data;
    select?: undefined;
  },
): EventStreamState<Data, Name>;
export function useEventStream<Data, const Name extends string = string>(
  url: string | URL | null | undefined,
  options: EventStreamOptions<Name> & {
    /** Makes `data` of an event. Defaults to what its data is as JSON, or as text if it is none. */
    select: (event: NamedEvent<Name>) => Data;
    /** What `data` is before the first event. Defaults to `undefined`. */
    initial?: Data;
    reduce?: undefined;
  },
): EventStreamState<Data | undefined, Name>;
export function useEventStream<Data = unknown, const Name extends string = string>(
  url: string | URL | null | undefined,
  options?: EventStreamOptions<Name> & {
    /** What `data` is before the first event. Defaults to `undefined`. */
    initial?: Data;
    select?: undefined;
    reduce?: undefined;
  },
): EventStreamState<Data | undefined, Name>;

/** A message of a conversation. Further members are kept and not sent. */
export interface AnswerMessage {
  /** Tells messages apart, as React wants it of a `key`. That of an answer ends with `:answer`. */
  readonly id: string;
  /** Who speaks. */
  readonly role: 'system' | 'user' | 'assistant';
  /** The text. */
  readonly content: string;
  /** What the model thought before it answered. */
  readonly reasoning?: string;
}

/** How an answer ended, for `onFinish`. */
export interface AnswerFinished {
  /** The answer. */
  readonly message: AnswerMessage;
  /** The conversation with it. */
  readonly messages: readonly AnswerMessage[];
  /** Why the model stopped, such as `stop` or `length`; `null` if it did not say. */
  readonly finishReason: string | null;
  /** Token counts as the server tells them; `null` if it does not. */
  readonly usage: unknown;
  /** Whether `stop()` ended it. */
  readonly stopped: boolean;
}

/** Options of {@link useAnswer}. */
export interface AnswerOptions {
  /**
   * The route that answers: `POST` with `{ id, messages, ...body }` starts an answer, `GET ?id=` goes on with it and
   * `DELETE ?id=` stops it, as `answerRoutes()` makes them. For a route that only has `POST` an answer
   * that breaks is an error. Never an address that needs a key.
   */
  api: string;
  /** Which conversation of `api` this is, for a reload. Defaults to `""`. */
  id?: string;
  /**
   * The conversation so far. If its last message is the user's, its answer is asked for under the `id` of that
   * message. Defaults to none.
   */
  initialMessages?: readonly AnswerMessage[];
  /** Further members of the body, or a function that gives them for each request. Defaults to none. */
  body?: Readonly<Record<string, unknown>> | (() => Readonly<Record<string, unknown>>);
  /** Headers, or a function that gives them for each request. Defaults to none. */
  headers?: Readonly<Record<string, string>> | Headers | (() => Readonly<Record<string, string>>);
  /** As for `fetch`. Defaults to `'same-origin'`. */
  credentials?: ConnectOptions['credentials'];
  /** Whether an answer that was under way when the page was reloaded is gone on with. Defaults to `true`. */
  resume?: boolean;
  /** When to try again; `false` for never. `attempts` defaults to `5`. */
  retry?: ConnectOptions['retry'];
  /** Deadlines. Defaults as for `connect`. */
  timeouts?: ConnectOptions['timeouts'];
  /** How often the component renders at most. Defaults to `'frame'`. */
  throttle?: Throttle;
  /** Called when an answer is complete or was stopped. The newest function is called. */
  onFinish?: (finished: AnswerFinished) => void;
  /** Called when an answer failed; what came of it is kept. The newest function is called. */
  onError?: (error: SSEError) => void;
}

/**
 * Where an answer is:
 * - `ready`: there is none, or it is complete.
 * - `submitted`: asked for. `streaming`: it comes.
 * - `reconnecting`: the connection broke, of the page or of the server to its model; see `attempt`.
 * - `error`: it failed; what came of it is the last message.
 */
export type AnswerStatus = 'ready' | 'submitted' | 'streaming' | 'reconnecting' | 'error';

/** What {@link useAnswer} gives; a new object when something has changed. */
export interface AnswerState {
  /** The conversation, with what has come of the present answer. */
  readonly messages: readonly AnswerMessage[];
  /** The text of the present or last answer. */
  readonly text: string;
  /** What the model thought before it. */
  readonly reasoning: string;
  /** Where the answer is. */
  readonly status: AnswerStatus;
  /** Retries in a row, from 1; 0 while all is well. */
  readonly attempt: number;
  /** Why it waits, or failed; `null` while all is well. */
  readonly error: SSEError | null;
  /** Asks; what is under way is stopped before. */
  readonly sendMessage: (message: string | { id?: string; content: string }) => void;
  /** Ends the answer, also at a server that keeps answers. What came of it stays. */
  readonly stop: () => Promise<void>;
  /** Asks the last question again, in place of its answer. */
  readonly regenerate: () => void;
  /** Goes on with the last answer by its id. */
  readonly resumeStream: () => void;
  /** Stops, and forgets the conversation. */
  readonly clear: () => void;
}

/**
 * A conversation with a model, through a route of your own.
 *
 * @example
 * const { messages, status, sendMessage, stop } = useAnswer({ api: '/api/answers' });
 */
export function useAnswer(options: AnswerOptions): AnswerState;
