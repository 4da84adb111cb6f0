import { EventSource } from 'undici';

export function open(url, { onOpen, onEvent }) {
  const source = new EventSource(url);
  source.onopen = onOpen;
  source.onmessage = onEvent;
}
