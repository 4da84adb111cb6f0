import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { DIALECTS } from '../dialects.mjs';
import { ask } from '../relays/ask.mjs';

/** How long a reader that has everything waits, in milliseconds. */
const PAUSE = 100;
/** How long an answer is kept, in seconds. */
const KEPT = 600;

/** The least that is a relay: each piece of an answer is added to a stream of Redis, which others look at. */
export async function application(upstream, url) {
  const redis = await createClient({ url }).connect();

  const produce = async (key, response) => {
    for await (const bytes of await ask(upstream, DIALECTS.openai)) {
      response.write(bytes);
      await redis.xAdd(key, '*', { bytes: Buffer.from(bytes) });
    }
    await redis.multi().xAdd(key, '*', { end: '1' }).expire(key, KEPT).exec();
    response.end();
  };

  const read = async (key, response) => {
    for (let last = '-'; !response.closed; ) {
      const entries = await redis.xRange(key, last, '+');
      for (const { id, message } of entries) {
        if (message.end !== undefined) return response.end();
        response.write(message.bytes);
        last = `(${id}`;
      }
      if (entries.length === 0) await sleep(PAUSE);
    }
  };

  return async (request, response) => {
    const key = request.url.slice(1);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const isFirst = await redis.set(`${key}:owner`, '1', {
      condition: 'NX',
      expiration: { type: 'EX', value: KEPT },
    });
    await (isFirst === null ? read : produce)(key, response);
  };
}
