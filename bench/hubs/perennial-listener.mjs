import { createHub } from '../product.mjs';

/** A hub on sockets of its own. */
export async function start() {
  const hub = createHub();
  const { port } = await hub.listen({ port: 0, host: '127.0.0.1' });
  return { port, clients: () => hub.stats().clients, publish: (data) => hub.broadcast({ data }) };
}
