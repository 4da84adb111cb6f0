// What an ESM user of the package writes; compiled, never run.
import {
  type CloseReason,
  connect,
  type ErrorCode,
  EventSource,
  EventStream,
  EventStreamDecoder,
  EventStreamDecoderStream,
  encodeEvent,
  type ServerSentEvent,
  SSEError,
} from 'perennial-sse';

const stream: EventStream = connect(new URL('https://example.com/events'), {
  signal: AbortSignal.timeout(1000),
  retry: false,
});

stream
  .on('event', (event: ServerSentEvent) => console.log(event.data, event.retry ?? 0))
  .on('event:ping', ({ event }) => event.toUpperCase())
  .on('retry', ({ attempt, delay, error }) => console.log(attempt + delay, error))
  .on('error', (error) => console.error(error.code satisfies ErrorCode))
  .on('close', ({ reason }) => console.log(reason satisfies CloseReason));

const events: ServerSentEvent[] = [];
for await (const event of stream) events.push(event);
await stream.closed;
if (stream instanceof EventStream) stream.unref();
stream.close();

const source = new EventSource('https://example.com/events', { withCredentials: true });
source.onmessage = (message) => console.log(message.data);
source.addEventListener('open', () => source.close());
const state: number = source.readyState + EventSource.CONNECTING;

const decoder = new EventStreamDecoder({ onEvent: (event) => events.push(event) });
decoder.feed(new Uint8Array([0x0a]));
decoder.end();

const body: ReadableStream<Uint8Array> = (await fetch('https://example.com/')).body as never;
for await (const event of body.pipeThrough(new EventStreamDecoderStream())) events.push(event);

const text: string = encodeEvent({ event: 'x', data: 'y', id: '1' });

try {
  // @ts-expect-error methods take no such argument
  stream.pause(1);
} catch (error) {
  if (error instanceof SSEError) console.error(error.code, error.cause, state, text);
}
