import { chat, EventStreamDecoder, encodeEvent } from 'perennial-sse';

const decoder = new EventStreamDecoder({ onEvent: (event) => console.log(event.data) });
decoder.feed(new TextEncoder().encode(encodeEvent({ data: 'decoded' })));
try {
  chat({ baseUrl: 'https://example.com', apiKey: null, model: 'm', messages: [] });
} catch (error) {
  console.log(error.code);
}
