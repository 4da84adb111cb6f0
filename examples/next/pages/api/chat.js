import { chat } from 'perennial-sse';
import { answerTo } from '../../lib/answer.js';

// A stream may grow beyond the 4 MB at which Next.js warns.
export const config = { api: { responseLimit: false } };

export default async function handler(request, response) {
  try {
    await chat(answerTo(request.body.messages)).pipe(response);
  } catch (error) {
    // The response is cut already, after a chunk that tells why.
    console.error('the answer broke off:', error.code);
  }
}
