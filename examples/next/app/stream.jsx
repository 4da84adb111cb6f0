'use client';

import { useEffect, useState } from 'react';

/** The last events of a stream, by the browser's own EventSource. */
export function Stream({ title, url }) {
  const [events, setEvents] = useState([]);

  useEffect(() => {
    const source = new EventSource(url);
    source.onmessage = ({ lastEventId, data }) => {
      setEvents((earlier) => [{ lastEventId, data }, ...earlier].slice(0, 5));
    };
    return () => source.close();
  }, [url]);

  return (
    <section>
      <h2>{title}</h2>
      <ol>
        {events.map(({ lastEventId, data }) => (
          <li key={lastEventId}>{data}</li>
        ))}
      </ol>
    </section>
  );
}
