'use client';

import { useAnswer } from 'perennial-sse/react';

/** What a person is told of the connection. */
const STATES = {
  ready: 'ready',
  submitted: 'asked',
  streaming: 'answering',
  reconnecting: 'reconnecting',
  error: 'failed',
};

/** A conversation. Reload in the middle of an answer, or go offline for a while: it goes on. */
export function Chat() {
  const { messages, status, attempt, error, sendMessage, stop, regenerate, clear } = useAnswer({
    api: '/answers',
    id: 'assistant',
  });
  const busy = status !== 'ready' && status !== 'error';

  const ask = (event) => {
    event.preventDefault();
    sendMessage(new FormData(event.target).get('question'));
    event.target.reset();
  };

  return (
    <section>
      <p id="status">
        {STATES[status]}
        {attempt > 0 && ` (attempt ${attempt})`}
        {status === 'error' && `: ${error.message}`}
      </p>
      <ol id="messages">
        {messages.map(({ id, role, content }) => (
          <li key={id}>
            <b>{role}</b> {content}
          </li>
        ))}
      </ol>
      <form onSubmit={ask}>
        <input name="question" required placeholder="Does the river run dry?" />
        <button type="submit" disabled={busy}>
          Send
        </button>
        <button type="button" onClick={stop} disabled={!busy}>
          Stop
        </button>
        <button type="button" onClick={regenerate} disabled={busy || messages.length === 0}>
          Regenerate
        </button>
        <button type="button" onClick={clear}>
          Clear
        </button>
      </form>
    </section>
  );
}
