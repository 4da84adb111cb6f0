import { connect, EventStreamDecoder } from 'perennial-sse';

export const runtime = 'edge';

export function GET() {
  const data = [];
  const decoder = new EventStreamDecoder({ onEvent: (event) => data.push(event.data) });
  decoder.feed(new TextEncoder().encode('data: decoded\n\n'));
  try {
    connect('http://127.0.0.1/');
  } catch ({ message }) {
    return Response.json({ data, message });
  }
}
