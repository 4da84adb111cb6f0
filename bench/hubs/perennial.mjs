import { createServer } from 'node:http';
import { createHub } from '../product.mjs';

/**
 * Anonymous clients.
 *
 * @param {string[]} [channels] of each client, which get the events in turn; a broadcast without
 */
export async function start(channels = []) {
  const hub = createHub();
  const server = createServer((request, response) => {
    hub.connect(request, response, { channels });
  });
  return {
    server,
    clients: () => hub.stats().clients,
    publish: (data, number) =>
      channels.length === 0
        ? hub.broadcast({ data })
        : hub.publish(channels[number % channels.length], { data }),
  };
}
