// What users of the adapters write; compiled, never run.
import { type ChatOptions, chat, createRelay } from 'perennial-sse';
import { answerRoutes, register, type StartAnswer, withPerennial } from 'perennial-sse/next';
import {
  createResumableStreamContext,
  type ResumableStreamContext,
} from 'perennial-sse/resumable-stream';

const relay = createRelay();

const start: StartAnswer = async (request, { id, owner, signal }) => {
  const { messages } = (await request.json()) as { messages?: ChatOptions['messages'] };
  if (messages === undefined) throw new Response('ask something', { status: 422 });
  if (owner === undefined) return fetch(`https://example.com/${id}`, { signal });
  return chat({ baseUrl: 'https://example.com', apiKey: null, model: 'm', messages });
};

export const { POST, GET, DELETE } = answerRoutes(relay, start, {
  owner: async (request) => request.headers.get('x-user'),
  onLost: 'restart',
  protocol: 'ui-message-stream',
});

/** As Next.js checks the handlers of a route. */
type Handler = (
  request: Request,
  context: { params: Promise<{ id: string }> },
) => Response | Promise<Response>;
const handlers: Handler[] = [POST, GET, DELETE];

register();
register({ deadline: 1000 });
export default withPerennial({ reactStrictMode: true });

declare function after<T>(task: Promise<T> | (() => T | Promise<T>)): void;

const context: ResumableStreamContext = createResumableStreamContext({ waitUntil: after });
createResumableStreamContext({ relay, waitUntil: null, keyPrefix: 'mine' });
const stream: ReadableStream<string> | null = await context.resumableStream(
  'id',
  () => new ReadableStream<string>(),
  7,
);
const existing: ReadableStream<string> | null | undefined =
  await context.resumeExistingStream('id');
const state: null | true | 'DONE' = await context.hasExistingStream('id');
console.log(handlers.length, stream, existing, state);

// @ts-expect-error a relay is needed
answerRoutes(start);
// @ts-expect-error what no source can be
answerRoutes(relay, () => 7);
// @ts-expect-error an option that does not exist
createResumableStreamContext({ publisher: {} });
