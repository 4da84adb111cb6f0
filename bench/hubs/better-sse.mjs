import { createServer } from 'node:http';
import { createChannel, createSession } from 'better-sse';

/** A channel, as its documentation has it. */
export async function start() {
  const channel = createChannel();
  const server = createServer(async (request, response) => {
    channel.register(await createSession(request, response));
  });
  return {
    server,
    clients: () => channel.sessionCount,
    publish: (data) => channel.broadcast(data),
  };
}
