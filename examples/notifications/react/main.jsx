import { useEventStream } from 'perennial-sse/react';
import { createRoot } from 'react-dom/client';

/** Newest first, each once, at most fifty. */
function prepend(list, { data }) {
  const one = JSON.parse(data);
  return [one, ...list.filter(({ id }) => id !== one.id)].slice(0, 50);
}

/** Of all tabs, the first that gets the lock shows it outside of the page. */
function show({ data }) {
  const { id, title, body } = JSON.parse(data);
  if (Notification.permission !== 'granted') return;
  navigator.locks.request(`notification ${id}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    new Notification(title, { body, tag: id });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  });
}

function Notifications() {
  const { data: list, status } = useEventStream(`/events${location.search}`, {
    events: ['notification'],
    share: true,
    initial: [],
    reduce: prepend,
    onEvent: show,
  });
  return (
    <>
      <h1>Notifications</h1>
      <output>{status}</output>
      <button type="button" onClick={() => Notification.requestPermission()}>
        Show them outside of the page, too
      </button>
      <ul>
        {list.map(({ id, title, body, timestamp }) => (
          <li key={id}>
            <b>{title}</b> {body} <time>{new Date(timestamp).toLocaleTimeString()}</time>
          </li>
        ))}
      </ul>
    </>
  );
}

createRoot(document.getElementById('root')).render(<Notifications />);
