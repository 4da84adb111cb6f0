import { DIALECTS } from '../dialects.mjs';
import { ask } from './ask.mjs';

/** Passes bytes on, and asks anew for every reader. */
export async function application(upstream) {
  return async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for await (const bytes of await ask(upstream, DIALECTS.openai)) response.write(bytes);
    response.end();
  };
}
