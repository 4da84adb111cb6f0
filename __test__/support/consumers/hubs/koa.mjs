import { json } from 'node:stream/consumers';
import Koa from 'koa';
import { hub, listening, publish } from './fetching.mjs';

const app = new Koa();
app.use(async (ctx) => {
  if (ctx.path === '/events') {
    // The response is the hub's from here on.
    ctx.respond = false;
    await hub.connect(ctx.req, ctx.res, { channels: ['news'] });
  } else if (ctx.path === '/publish') ctx.body = await publish(await json(ctx.req));
  else if (ctx.path === '/close') {
    await hub.close({ spread: 100 });
    ctx.body = '"closed"';
  } else ctx.body = String(hub.stats().clients);
});
const server = app.listen(0, '127.0.0.1', () => listening(server.address().port));
