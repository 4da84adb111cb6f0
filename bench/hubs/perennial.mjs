import { createServer } from 'node:http';
import { createHub } from '../product.mjs';

/**
 * A hub, and a broadcast for each event.
 *
 * @param {object} [more]
 * @param {string[]} [more.channels] of each client, which get the events in turn instead
 * @param {() => string} [more.user] who a client is; it is anonymous without
 */
export async function start({ channels = [], user } = {}) {
  const hub = createHub();
  const server = createServer((request, response) => {
    hub.connect(request, response, { channels, user: user?.() });
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
