import { createEventSource } from 'eventsource-client';

export function open(url, { onOpen, onEvent }) {
  createEventSource({ url, onConnect: onOpen, onMessage: onEvent });
}
