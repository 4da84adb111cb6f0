import { createParser } from 'eventsource-parser';

export async function open(url, { onOpen, onText }, { path, body, textOf }) {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  onOpen();
  const parser = createParser({
    onEvent({ data }) {
      const text = textOf(data);
      if (text) onText(text);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of answer.body) parser.feed(decoder.decode(bytes, { stream: true }));
}
