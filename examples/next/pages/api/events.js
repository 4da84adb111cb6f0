import { upstream } from '../../lib/upstream.js';

// A stream may grow beyond the 4 MB at which Next.js warns.
export const config = { api: { responseLimit: false } };

export default async function handler(request, response) {
  try {
    await upstream(request.headers['last-event-id']).pipe(response);
  } catch (error) {
    // The response is cut already, and the browser will come back.
    console.error('upstream failed in mid-stream:', error.code);
  }
}
