import { chatOptions, DIALECTS } from '../dialects.mjs';
import { chat, createRelay, redisLog } from '../product.mjs';

/** The application of the README, with its log in Redis. */
export async function application(upstream, redis) {
  const relay = createRelay({ log: redisLog({ url: redis }) });
  const options = chatOptions(upstream, DIALECTS.openai);
  return async (request, response) => {
    const run = await relay.run(request.url, () => chat(options));
    await run.pipe(request, response);
  };
}
