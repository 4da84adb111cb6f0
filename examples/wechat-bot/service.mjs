// One service, three doors: an Official Account, a bot of WeCom by callback, the same by a long connection.

import { createServer } from 'node:http';
import { chat, createPool, createRelay, memoryStore, redisLog, redisStore } from 'perennial-sse';
import { officialAccount, wecomBot, wecomBotConnection } from 'perennial-sse/wechat';

const WELCOME = '你好！直接发消息就可以提问。';

/**
 * @param {ReturnType<typeof import('./settings.mjs').settingsOf>} settings
 * @param {{ log: (door: string, what: string, facts?: object) => void, fetch?: typeof fetch }} surroundings
 */
export function createService(settings, { log, fetch }) {
  const pool = createPool(
    settings.providers.map((provider, priority) => ({ ...provider, priority })),
  );
  pool.on('change', (change) => log('pool', 'change', change));

  // With Redis any number of instances serve the same users.
  const { redis } = settings;
  const store = redis ? redisStore({ url: redis }) : memoryStore({ name: 'bots' });
  const relay = createRelay({ name: 'bots', ...(redis && { log: redisLog({ url: redis }) }) });

  /** An answer that begins anew costs nothing where the text can be replaced. */
  const answer =
    (resume) =>
    ({ messages, deadline, user }) =>
      chat({
        pool,
        model: settings.model,
        messages: [{ role: 'system', content: settings.system }, ...messages],
        deadline,
        affinity: user,
        resume,
        timeouts: { headers: 30_000, idle: 20_000 },
      });

  const common = { store, ...(fetch && { fetch }) };
  const doors = {
    // Only whole answers are sent here, so that one may begin anew until then.
    '/wechat':
      settings.account &&
      officialAccount({
        ...settings.account,
        ...common,
        answer: answer('restart'),
        onMessage: ({ event }) => (event === 'subscribe' ? WELCOME : null),
      }),
    '/wecom':
      settings.bot &&
      wecomBot({
        ...settings.bot,
        ...common,
        relay,
        onLost: 'restart',
        answer: answer('restart'),
        onMessage: ({ event }) => (event === 'enter_chat' ? WELCOME : null),
      }),
  };
  const connection =
    settings.connection &&
    wecomBotConnection({ ...settings.connection, ...common, relay, answer: answer('restart') });

  for (const [door, bot] of Object.entries({ ...doors, connection })) {
    bot?.on('step', ({ step, ...facts }) => log(door, step, facts));
    bot?.on('refused', ({ reason }) => log(door, 'refused', { reason }));
    bot?.on('error', ({ code, message }) => log(door, 'error', { code, message }));
  }
  connection?.on('close', ({ error }) => log('connection', 'close', { message: error?.message }));

  const server = createServer((request, response) => {
    const door = doors[new URL(request.url, 'http://localhost').pathname];
    if (door) door.handler(request, response);
    else response.writeHead(404).end();
  });

  return {
    server,
    async listen(port) {
      await new Promise((resolve) => server.listen(port, resolve));
      connection?.connect();
      return server.address().port;
    },
    close() {
      connection?.close();
      server.close();
      server.closeIdleConnections();
    },
  };
}
