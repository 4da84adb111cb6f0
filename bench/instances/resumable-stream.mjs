import { createResumableStreamContext } from 'resumable-stream';
import { DIALECTS } from '../dialects.mjs';
import { ask } from '../relays/ask.mjs';

/** The idempotent form of its README. */
export async function application(upstream, redis) {
  process.env.REDIS_URL = redis;
  const context = createResumableStreamContext({ waitUntil: null });
  const answer = () => {
    const { readable, writable } = new TransformStream();
    ask(upstream, DIALECTS.openai).then((body) =>
      body.pipeThrough(new TextDecoderStream()).pipeTo(writable),
    );
    return readable;
  };
  return async (request, response) => {
    const stream = await context.resumableStream(request.url.slice(1), answer);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for await (const text of stream) {
      if (response.closed) break;
      response.write(text);
    }
    response.end();
  };
}
