import { connect, EventStreamDecoder, encodeEvent } from 'perennial-sse';

const decoder = new EventStreamDecoder({ onEvent: (event) => console.log(event.data) });
decoder.feed(new TextEncoder().encode(encodeEvent({ data: 'decoded' })));
try {
  connect('https://example.com/');
} catch (error) {
  console.log(error.code);
}
