import { createParser } from 'eventsource-parser';
import { request } from 'undici';

export async function open(url, { onOpen, onEvent }) {
  const { body } = await request(url, { headers: { accept: 'text/event-stream' } });
  onOpen();
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  body.on('data', (bytes) => parser.feed(decoder.decode(bytes, { stream: true })));
}
