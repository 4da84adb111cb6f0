'use client';

import { useEventStream } from 'perennial-sse/react';

/** The newest headline; all tabs share one connection. */
export function Headlines() {
  const { data, status } = useEventStream('/news?user=reader', {
    events: ['headline'],
    share: true,
  });
  return (
    <p id="headline">
      {status}: {data?.title ?? 'no news'}
    </p>
  );
}
