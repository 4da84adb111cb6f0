import { createParser } from 'eventsource-parser';

export async function open(url, { onOpen, onEvent }) {
  const { body } = await fetch(url, { headers: { accept: 'text/event-stream' } });
  onOpen();
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  for await (const bytes of body) parser.feed(decoder.decode(bytes, { stream: true }));
}
