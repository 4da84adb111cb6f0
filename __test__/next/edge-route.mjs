import { chat, EventStreamDecoder } from 'perennial-sse';

export const runtime = 'edge';

export function GET() {
  const data = [];
  const decoder = new EventStreamDecoder({ onEvent: (event) => data.push(event.data) });
  decoder.feed(new TextEncoder().encode('data: decoded\n\n'));
  try {
    chat({});
  } catch ({ message }) {
    return Response.json({ data, message });
  }
}
