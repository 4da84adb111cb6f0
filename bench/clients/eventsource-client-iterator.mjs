import { createEventSource } from 'eventsource-client';

export async function open(url, { onOpen, onEvent }) {
  for await (const event of createEventSource({ url, onConnect: onOpen })) onEvent(event);
}
