import type { IncomingHttpHeaders } from 'node:http';
import type { OutgoingEvent } from '../../index.js';

/**
 * Starts a provider of language models on a free port of this machine. It answers as its script says: with text in deltas, tool calls, a
 * finish reason and token counts, and with every fault on the way. It answers requests for streams of Chat Completions (OpenAI and
 * gateways), Responses (OpenAI), Messages (Anthropic), Gemini and Ollama, and tells them apart by their path. Any API key will do.
 *
 * @example
 * const provider = await startProvider({
 *   script: [
 *     { status: 429, retryAfter: 0 },
 *     { deltas: ['The sky '], fault: 'reset' },
 *     { deltas: ['The sky ', 'is blue.'], usage: { input: 12, output: 4 } },
 *   ],
 * });
 * // chat({ baseUrl: provider.url, … })
 * provider.requests.length; // how often it was asked
 * await provider.close();
 *
 * @throws {SSEOptionError} (it rejects) When an option or a step is wrong; the message names it.
 */
export function startProvider(options?: ProviderOptions): Promise<ScriptedProvider>;

/** Options of {@link startProvider}. */
export interface ProviderOptions {
  /**
   * What happens to each request in turn; the last step is repeated. A function is asked for each request, and may wait. Defaults to one step
   * that says `Hello, world!`.
   */
  script?: ProviderStep[] | ((request: ProviderRequest) => ProviderStep | Promise<ProviderStep>);
  /** Milliseconds before each delta, in steps that do not say it. Defaults to `0`. */
  delay?: number;
}

/** What happens to a request before it gets a stream, or instead of it. */
export interface RefusalStep {
  /** The connection is reset, or kept without a word, and there is no response. Alone in its step but for `headersDelay`. */
  connection?: 'reset' | 'stall';
  /** Answers with this status instead of a stream, from `200` to `599`. */
  status?: number;
  /** The header `Retry-After`, in seconds. With `status`. */
  retryAfter?: number;
  /** The body: text as it is, anything else as JSON. With `status`. Defaults to an error in JSON from a provider, nothing from a fault server. */
  body?: unknown;
  /** Headers of the response, beside its own or in their place. */
  headers?: Record<string, string>;
  /** Milliseconds before the head of the response, or before the fate of its connection. Defaults to `0`. */
  headersDelay?: number;
}

/** What a {@link ScriptedProvider} does with a request. */
export interface ProviderStep extends RefusalStep {
  /** The text of the answer, one event each. Defaults to none. */
  deltas?: string[];
  /** What the model thinks before it answers, one event each. Defaults to none. */
  reasoning?: string[];
  /** The tools that the model calls. Defaults to none. */
  toolCalls?: ProviderToolCall[];
  /** Why the answer ends, by OpenAI's words; each family gets its own. Defaults to `'stop'`, with tool calls to `'tool_calls'`. */
  finishReason?: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  /**
   * Counts of tokens; `null` for none. Defaults to 9 of input, and one of output for each delta. Chat Completions sends them to those that ask
   * for them with `stream_options`, as OpenAI does.
   */
  usage?: { input?: number; output?: number; cached?: number; reasoning?: number } | null;
  /** Milliseconds before each delta. Defaults to that of the provider. */
  delay?: number;
  /**
   * What goes wrong after the deltas, in place of the finish reason. `'end'`: the body ends cleanly, as behind a proxy that restarts. `'truncate'`:
   * the connection is closed in the middle of the body. `'reset'`: the connection is reset; a client may lose what it has not read by then.
   * `'stall'`: nothing more comes, and the connection stays. `'error'`: an error in the stream, in the words of the family. `'garbage'`: an event that
   * cannot be parsed; then the answer goes on to its end. Defaults to none: the answer is complete.
   */
  fault?: 'end' | 'truncate' | 'reset' | 'stall' | 'error' | 'garbage';
  /** What the fault `'error'` says. Defaults to an overload, with the code 503. */
  error?: { message?: string; type?: string; code?: string | number };
}

/** A tool that a scripted model calls. */
export interface ProviderToolCall {
  /** The id of the call. Defaults to `'call_1'`, `'call_2'` and so on. */
  id?: string;
  /** The name of the tool. */
  name: string;
  /** A value, its JSON, or the pieces of its JSON, one event each. Defaults to `{}`. */
  arguments?: Record<string, unknown> | string | string[];
}

/** A local server that follows a script. */
export interface ScriptedServer<Request> {
  /** Where it listens, without a path: `http://127.0.0.1:PORT`. For a provider also the base URL: a path before that of the API is ignored. */
  readonly url: string;
  /** All requests in the order of their arrival. */
  readonly requests: readonly Request[];
  /** The request at `index`, from 0, as soon as it is there. Rejects if the server closes before. */
  request(index: number): Promise<Request>;
  /** Ends every connection and stops. Rejects with what a function in `script` threw. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Made by {@link startProvider}. */
export interface ScriptedProvider extends ScriptedServer<ProviderRequest> {}

/** The body of a request, of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: a test that reads a body knows what it sent
export type ScriptedBody = any;

/** A request as it came, and what became of it. */
export interface ScriptedRequest {
  /** Such as `'POST'`. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The parameters of the query; of several with one name the last. */
  readonly query: Readonly<Record<string, string>>;
  /** With names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** JSON as its value, anything else as text, `null` for none. */
  readonly body: ScriptedBody;
  /** When it had come whole. */
  readonly at: Date;
  /** The status of its response; `null` before, and where there was none. */
  readonly status: number | null;
  /** How many events it was sent; of an answer those with a delta, or with a part of a tool call. */
  readonly sent: number;
  /** Resolves when its response is over, with who ended it: `'client'` after an abort. */
  readonly closed: Promise<'client' | 'server'>;
}

/** A request to a {@link ScriptedProvider}. */
export interface ProviderRequest extends ScriptedRequest {
  /** The API that was asked; `null` for a path that is none. */
  readonly family: 'chat-completions' | 'responses' | 'anthropic' | 'gemini' | 'ollama' | null;
  /** The key, wherever the family puts it; `null` for none. */
  readonly apiKey: string | null;
}

/**
 * Starts a server of an event stream on a free port of this machine, which fails as its script says. It honours `Last-Event-ID`: each
 * response goes on behind the last event that the client has. When the script is through it sends what is left and ends; a client that comes
 * back with the last event gets a 204, which ends a stream for good.
 *
 * @example
 * const server = await startFaultServer({
 *   events: 5,
 *   script: [
 *     { events: 2, retry: 100, fault: 'reset' }, // 1 and 2
 *     { status: 503, retryAfter: 0 },
 *     { events: 1, fault: 'garbage' }, // 3
 *   ], // then 4 and 5, and a 204
 * });
 * // for await (const event of connect(server.url)) …
 * server.requests.map(({ lastEventId }) => lastEventId); // [null, '2', '2', '3', '5']
 * await server.close();
 *
 * @throws {SSEOptionError} (it rejects) When an option or a step is wrong; the message names it.
 */
export function startFaultServer(options?: FaultServerOptions): Promise<FaultServer>;

/** Options of {@link startFaultServer}. */
export interface FaultServerOptions {
  /**
   * The events, or how many: these have the ids `'1'`, `'2'` and so on, and the data `'event 1'`. What an event of a list leaves out of id and data
   * it gets in the same way. Defaults to `10`.
   */
  events?: number | OutgoingEvent[];
  /** What happens to each request in turn. A function is asked for each request, and may wait. Defaults to nothing bad. */
  script?: FaultStep[] | ((request: EventRequest) => FaultStep | Promise<FaultStep>);
  /** Milliseconds before each event, in steps that do not say it. Defaults to `0`. */
  delay?: number;
  /** Whether `Last-Event-ID` is honoured; if not, each response begins with the first event. Defaults to `true`. */
  resume?: boolean;
}

/** What a {@link FaultServer} does with a request. */
export interface FaultStep extends RefusalStep {
  /** How many events are sent, at most. Defaults to all that are left. */
  events?: number;
  /** The field `retry:` before the events, in milliseconds. Defaults to none. */
  retry?: number;
  /** Milliseconds before each event. Defaults to that of the server. */
  delay?: number;
  /**
   * What goes wrong after the events. `'truncate'`: the connection is closed in the middle of the body. `'reset'`: the connection is reset; a client
   * may lose what it has not read by then. `'stall'`: nothing more comes, and the connection stays. `'garbage'`: what comes next is not HTTP.
   * Defaults to none: the body ends cleanly.
   */
  fault?: 'truncate' | 'reset' | 'stall' | 'garbage';
}

/** Made by {@link startFaultServer}. */
export interface FaultServer extends ScriptedServer<EventRequest> {}

/** A request to a {@link FaultServer}. */
export interface EventRequest extends ScriptedRequest {
  /** What it asked to go on behind; `null` for none. */
  readonly lastEventId: string | null;
}
