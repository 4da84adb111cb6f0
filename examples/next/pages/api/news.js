import { hub } from '../../lib/news.js';

// A stream may grow beyond the 4 MB at which Next.js warns.
export const config = { api: { responseLimit: false } };

export default async function handler(request, response) {
  const { user } = request.query;
  const client = await hub.connect(request, response, { user, channels: ['headlines'] });
  // Next.js warns of a handler that returns before its response has ended.
  await client.closed;
}
