'use client';

import { useEffect, useState } from 'react';

/** One question and its answer. The answer's id is in the address: reload, or open a second tab. */
export function Answer({ title, api }) {
  const [id, setId] = useState('');
  const [text, setText] = useState('');
  const [status, setStatus] = useState('');

  useEffect(() => setId(location.hash.slice(1)), []);

  useEffect(() => {
    if (id === '') return;
    setText('');
    setStatus('reading');
    return read(`${api}?id=${id}`, { setText, setStatus });
  }, [api, id]);

  const ask = async (event) => {
    event.preventDefault();
    const asked = crypto.randomUUID();
    const messages = [{ role: 'user', content: new FormData(event.target).get('question') }];
    const response = await fetch(api, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: asked, messages }),
    });
    // The answer goes on without this reader; the EventSource follows it, as after a reload.
    await response.body.cancel();
    location.hash = asked;
    setId(asked);
  };

  return (
    <main>
      <h1>{title}</h1>
      <form onSubmit={ask}>
        <input name="question" defaultValue="Does the river run dry?" />
        <button type="submit">Ask</button>
      </form>
      <p>{text}</p>
      <p>{status}</p>
      <button type="button" onClick={() => fetch(`${api}?id=${id}`, { method: 'DELETE' })}>
        Stop
      </button>
      <a href={`#${id}`} target="_blank" rel="noreferrer">
        The same answer in another tab
      </a>
    </main>
  );
}

/** Shows an answer from its beginning on; returns what ends that. */
function read(url, { setText, setStatus }) {
  const source = new EventSource(url);
  const end = (status) => {
    setStatus(status);
    source.close();
  };
  source.onmessage = ({ data }) => {
    if (data === '[DONE]') {
      end('done');
      return;
    }
    const [choice] = JSON.parse(data).choices;
    setText((earlier) => earlier + (choice?.delta.content ?? ''));
  };
  // The server knows nothing of what this page has: everything comes again.
  source.addEventListener('reset', () => setText(''));
  source.addEventListener('failure', ({ data }) => end(JSON.parse(data).error.message));
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) end('there is no such answer any more');
  };
  return () => source.close();
}
