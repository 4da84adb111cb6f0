import { useEventStream } from 'perennial-sse/react';

type Item = { id: string; title: string; body: string };

/** The component of a guide: newest first, each once, no more than fifty. */
export function Notifications({ url }: { url: string }) {
  const { data } = useEventStream(url, {
    events: ['notification'],
    initial: [] as Item[],
    reduce: (list, { data: text }) => {
      const item: Item = JSON.parse(text);
      return [item, ...list.filter(({ id }) => id !== item.id)].slice(0, 50);
    },
  });
  return <ul>{data.map(({ id, title, body }) => <li key={id}>{`${title}: ${body}`}</li>)}</ul>;
}
