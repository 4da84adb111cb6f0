// What servers answer that take a `Response`: a stream of events, and two ways to make the hub do something.

import { createHub } from 'perennial-sse';

export const hub = createHub();

/** @param {Request} request */
export async function answer(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/events') return hub.response(request, { channels: ['news'] });
  if (pathname === '/publish') return Response.json(await publish(await request.json()));
  if (pathname === '/close') return Response.json(await hub.close({ spread: 100 }));
  return Response.json(hub.stats().clients);
}

export const publish = ({ channel, data }) => hub.publish(channel, { event: 'news', data });

export const listening = (port) => console.log(`listening on ${port}`);
