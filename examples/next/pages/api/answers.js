import { chat } from 'perennial-sse';
import { answerTo } from '../../lib/answer.js';
import { relay } from '../../lib/relay.js';

// A stream may grow beyond the 4 MB at which Next.js warns.
export const config = { api: { responseLimit: false } };

export default async function handler(request, response) {
  const { method, query, body } = request;
  if (method === 'DELETE') {
    response.json({ stopped: await relay.stop(query.id) });
    return;
  }
  const run =
    method === 'POST'
      ? await relay.run(body.id, () => chat(answerTo(body.messages)))
      : await relay.resume(query.id);
  if (run === undefined) response.status(204).end();
  else await run.pipe(request, response);
}
