import { createResumableStreamContext } from 'resumable-stream';
import { DIALECTS } from '../dialects.mjs';
import { ask } from './ask.mjs';
import { startRedis } from './redis.mjs';

/** The idempotent form of its README, with a Redis that does nothing else. */
export async function application(upstream) {
  process.env.REDIS_URL = await startRedis();
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
    for await (const text of stream) response.write(text);
    response.end();
  };
}
