import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { streamSSE as streamOfHono } from 'hono/streaming';
import { hubRoutes, streamSSE } from 'perennial-sse/hono';
import { authorized, hub, listening, ORIGIN, options, publish } from './rules.mjs';

const app = new Hono();

app.use(cors({ origin: ORIGIN }));
app.use(async (c, next) => {
  c.header('x-hook', 'sent');
  await next();
});

const events = hubRoutes(hub, async (c) => authorized(c.req.header('x-user')), options);
app.get('/events', events.stream);
app.post('/events/subscribe', events.subscribe);
app.post('/events/unsubscribe', events.unsubscribe);

app.post('/publish', async (c) => c.json(await publish(await c.req.json())));
app.get('/clients', (c) => c.json(hub.stats().clients));
app.post('/close', async (c) => {
  await hub.close({ spread: 100, deadline: 5000 });
  return c.json('closed');
});

let left = 0;
app.get('/left', (c) => c.json(left));
app.get('/count', (c) =>
  streamSSE(c, async (stream) => {
    stream.onAbort(() => {
      left += 1;
    });
    for (let id = 1; !stream.aborted; id++) {
      await stream.writeSSE({ event: 'count', id: String(id), data: `${id}\nof many`, retry: 50 });
      await stream.sleep(5);
    }
  }),
);
/** What both are to write alike. */
const writes = async (stream) => {
  await stream.writeSSE({ data: 'one' });
  await stream.writeSSE({ event: 'named', id: '7', data: 'two\r\nlines\rand\none', retry: 1000 });
  await stream.writeSSE({ data: Promise.resolve('later'), event: 'message' });
  await stream.writeSSE({ data: '' });
  await stream.write('data: raw\n\n');
  await stream.writeln('data: a line');
  await stream.write(new TextEncoder().encode('\n'));
  await stream.sleep(1);
  await stream.pipe(new Response('data: piped\n\n').body);
  await stream.writeSSE({ data: 'last', id: '' });
};
app.get('/ours', (c) => streamSSE(c, writes));
app.get('/theirs', (c) => streamOfHono(c, writes));
app.get('/silent', (c) => streamSSE(c, async (stream) => stream.sleep(60_000)));

app.get('/end', (c) => streamSSE(c, async (stream) => stream.writeSSE({ data: 'all' })));
app.get('/break', (c) =>
  streamSSE(
    c,
    async (stream) => {
      await stream.writeSSE({ data: 'some' });
      await stream.writeSSE({ event: 'two\nlines', data: '' });
    },
    async (error, stream) => stream.writeSSE({ event: 'told', data: error.name }),
  ),
);

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port));
