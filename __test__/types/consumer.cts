// What a CommonJS user of the package writes; compiled, never run.
import perennial = require('perennial-sse');

async function iterate(): Promise<number> {
  const stream: perennial.EventStream = perennial.connect('https://example.com/events', {
    method: 'POST',
    headers: { authorization: 'Bearer x' },
    body: { prompt: 'hi' },
    terminal: '[DONE]',
    retry: { attempts: 3, jitter: 'full' },
    timeouts: { idle: null },
  });
  let bytes = 0;
  for await (const { event, data, lastEventId } of stream) {
    bytes += event.length + data.length + lastEventId.length;
  }
  return bytes;
}

function explain(error: unknown): string {
  if (error instanceof perennial.SSEError) {
    const code: perennial.ErrorCode = error.code;
    return code;
  }
  return 'unknown';
}

async function ask(pool: perennial.EndpointPool): Promise<string> {
  const answer: perennial.ChatStream = perennial.chat({
    pool,
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }],
  });
  const { content, usage }: perennial.ChatAnswer = await answer.message();
  return `${content} (${usage?.output ?? 0})`;
}

// @ts-expect-error an option that does not exist
perennial.connect('https://example.com/', { retires: false });
// @ts-expect-error a URL is needed
perennial.connect();

export = { ask, explain, iterate };
