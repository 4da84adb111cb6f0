import { chatOptions, DIALECTS } from '../dialects.mjs';
import { chat, createRelay } from '../product.mjs';

/** The application of the README: the first request asks, the others read along. */
export async function application(upstream) {
  const relay = createRelay();
  const options = chatOptions(upstream, DIALECTS.openai);
  return async (request, response) => {
    const run = await relay.run(request.url, () => chat(options));
    await run.pipe(request, response);
  };
}
