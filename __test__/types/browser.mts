// What users of the client for browsers and of the hooks write; compiled, never run.
import { type ConnectOptions, connect, type EventStream, SSEError } from 'perennial-sse/browser';
import {
  type AnswerState,
  type EventStreamState,
  useAnswer,
  useEventStream,
} from 'perennial-sse/react';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_equal: Equal<A, B>): void => {};

const options: ConnectOptions = {
  credentials: 'include',
  headers: async ({ attempt }) => ({ 'x-attempt': attempt }),
  pauseWhenHidden: true,
  resume: { query: 'lastEventId' },
  retry: { attempts: 3 },
  timeouts: { headers: 1000, event: { ms: 1000, ignore: ['ping'] } },
};
const stream: EventStream = connect('/events', options);
stream.on('event:price', ({ data }) => data.length).on('pause', () => {});
stream.on('retry', ({ delay, error }) => [delay, error instanceof SSEError]);
// @ts-expect-error A browser has no proxy.
connect('/events', { proxy: 'http://localhost' });
// @ts-expect-error It has no timeout for the connection.
connect('/events', { timeouts: { connect: 1 } });

interface Price {
  readonly symbol: string;
  readonly price: number;
}

export function Prices(): string {
  const { data, events, status } = useEventStream<Price>('/prices', { events: ['price'] });
  const label: string = `${status} ${data?.symbol} ${events.length}`;
  const counted = useEventStream('/events', {
    events: ['joined', 'left'],
    initial: 0,
    reduce: (count, { event }) => (event === 'joined' ? count + 1 : count - 1),
  });
  same<typeof counted, EventStreamState<number, 'joined' | 'left'>>(true);
  const selected = useEventStream('/events', { select: ({ data: text }) => Number(text) });
  same<typeof selected.data, number | undefined>(true);
  const none = useEventStream(null);
  same<typeof none.data, unknown>(true);
  useEventStream('/events', {
    events: ['a', 'b'],
    onEvent: ({ event }) => same<typeof event, 'a' | 'b'>(true),
    onError: ({ code }) => code,
  });
  return label;
}

export function Chat(): AnswerState {
  const answer = useAnswer({
    api: '/api/answers',
    initialMessages: [{ id: '1', role: 'user', content: 'Hello' }],
    body: () => ({ model: 'm' }),
    onFinish: ({ message, stopped }) => [message.content, stopped],
  });
  answer.sendMessage('Hello');
  // @ts-expect-error A question has a text.
  answer.sendMessage({ text: 'Hello' });
  return answer;
}
