import compression from 'compression';
import express from 'express';
import { hubRoutes } from 'perennial-sse/express';
import { authorized, hub, listening, ORIGIN, options, publish } from './rules.mjs';

const app = express();

app.use(compression());
app.use((_req, res, next) => {
  res.setHeader('access-control-allow-origin', ORIGIN);
  next();
});

const events = hubRoutes(hub, async (req) => authorized(req.get('x-user')), options);
app.get('/events', events.stream);
// One with a body that is parsed, one without.
app.post('/events/subscribe', express.json(), events.subscribe);
app.post('/events/unsubscribe', events.unsubscribe);

app.post('/publish', express.json(), async (req, res) => {
  res.json(await publish(req.body));
});
app.get('/clients', (_req, res) => {
  res.json(hub.stats().clients);
});
app.post('/close', async (_req, res) => {
  await hub.close({ spread: 100, deadline: 5000 });
  res.json('closed');
});

const server = app.listen(0, '127.0.0.1', () => listening(server.address().port));
