import { createParser } from 'eventsource-parser';
import { request } from 'undici';

export const open = (url, sink) => openWith(undefined, url, sink);

/** By a dispatcher of its own, if one is given. */
export async function openWith(dispatcher, url, { onOpen, onEvent }) {
  const { body } = await request(url, { dispatcher, headers: { accept: 'text/event-stream' } });
  onOpen();
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  body.on('data', (bytes) => parser.feed(decoder.decode(bytes, { stream: true })));
}
