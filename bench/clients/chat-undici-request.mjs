import { createParser } from 'eventsource-parser';
import { request } from 'undici';

export async function open(url, { onOpen, onText }, { path, body, textOf }) {
  const answer = await request(url + path, {
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
  answer.body.on('data', (bytes) => parser.feed(decoder.decode(bytes, { stream: true })));
  await new Promise((resolve, reject) => answer.body.on('end', resolve).on('error', reject));
}
