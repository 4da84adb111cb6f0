import { useEventStream } from 'perennial-sse/react';
import { createRoot } from 'react-dom/client';

/** The newest price of each fruit, and who came or left last. */
function next(shown, { event, data }) {
  const told = JSON.parse(data);
  if (event !== 'price-update') return { ...shown, visit: { event, ...told } };
  return { ...shown, prices: { ...shown.prices, [told.fruit]: told.cents } };
}

function Dashboard() {
  const { data, status, attempt } = useEventStream(`/events${location.search}`, {
    events: ['price-update', 'user-joined', 'user-left'],
    initial: { prices: {}, visit: undefined },
    reduce: next,
  });
  const { prices, visit } = data;
  return (
    <>
      <h1>Prices</h1>
      <dl>
        {Object.entries(prices).map(([fruit, cents]) => (
          <div key={fruit}>
            <dt>{fruit}</dt>
            <dd>{(cents / 100).toFixed(2)}</dd>
          </div>
        ))}
      </dl>
      <output>
        {status === 'reconnecting' ? `connecting again (${attempt})` : status}
        {visit && `; ${visit.user ?? 'a guest'}: ${visit.event}, ${visit.clients} looking`}
      </output>
    </>
  );
}

createRoot(document.getElementById('root')).render(<Dashboard />);
