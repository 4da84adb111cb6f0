import { json } from '@sveltejs/kit';
import { hub } from '$lib/server/events.js';

export async function POST({ request }) {
  const { channel, data } = await request.json();
  return json(await hub.publish(channel, { event: 'news', data }));
}
