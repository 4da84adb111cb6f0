// One page for each way to show an answer of 1,000 tokens a second beside a component that takes 4 ms.

import { useChat } from '@ai-sdk/react';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { fetchServerSentEvents, useChat as useTanStackChat } from '@tanstack/ai-react';
import { DefaultChatTransport } from 'ai';
import { useAnswer, useEventStream } from 'perennial-sse/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const page = Object.assign(window, { renders: 0, frames: 0, delays: [], over: false, text: '' });

const asked = new URLSearchParams(location.search);
const cost = Number(asked.get('child'));

/** As costly as a list of messages in Markdown, unless it is to cost nothing. */
function Child({ text }) {
  page.renders += 1;
  const until = performance.now() + cost;
  while (performance.now() < until);
  page.text = text;
  return <p>{text.length}</p>;
}

const textOf = (messages) => messages.at(-1)?.parts?.map((part) => part.text ?? part.content ?? '').join('') ?? '';

const WAYS = {
  useEventStream() {
    const { data, status } = useEventStream('/events', {
      initial: '',
      reduce: (text, event) => text + event.data,
      terminal: '[DONE]',
    });
    page.over = status === 'closed';
    return data;
  },
  useAnswer() {
    const { text, status, sendMessage } = useAnswer({ api: '/chunks', resume: false });
    useEffect(() => sendMessage('x'), [sendMessage]);
    page.over ||= status === 'ready' && text !== '';
    return text;
  },
  useChat() {
    const { messages, status, sendMessage } = useChat({
      transport: new DefaultChatTransport({ api: '/parts' }),
    });
    useEffect(() => {
      sendMessage({ text: 'x' });
    }, [sendMessage]);
    page.over ||= status === 'ready' && messages.length > 1;
    return messages.length > 1 ? textOf(messages) : '';
  },
  tanstack() {
    const { messages, sendMessage, isLoading } = useTanStackChat({
      connection: fetchServerSentEvents('/run'),
    });
    useEffect(() => {
      sendMessage('x');
    }, [sendMessage]);
    page.over ||= !isLoading && messages.length > 1;
    return messages.length > 1 ? textOf(messages) : '';
  },
  fetchEventSource() {
    const [text, setText] = useState('');
    useEffect(() => {
      const leaving = new AbortController();
      fetchEventSource('/events', {
        signal: leaving.signal,
        onmessage: ({ data }) => {
          if (data !== '[DONE]') setText((before) => before + data);
          else {
            page.over = true;
            leaving.abort();
          }
        },
      });
      return () => leaving.abort();
    }, []);
    return text;
  },
};

const useWay = WAYS[asked.get('way')];

function Page() {
  const text = useWay();
  return <Child text={text} />;
}

addEventListener('keydown', ({ timeStamp }) => page.delays.push(performance.now() - timeStamp));
const count = () => {
  page.frames += 1;
  requestAnimationFrame(count);
};
requestAnimationFrame(count);
page.start = () => createRoot(document.getElementById('root')).render(<Page />);
