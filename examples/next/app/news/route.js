import { hub, news } from '../../lib/news.js';

export const { GET } = news;

export async function POST(request) {
  const { channel = 'headlines', ...data } = await request.json();
  return Response.json(await hub.publish(channel, { event: 'news', data }), { status: 201 });
}
