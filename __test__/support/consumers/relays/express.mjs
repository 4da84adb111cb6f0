import express from 'express';
import { createRelay } from 'perennial-sse';
import { listening, source } from './source.mjs';

const relay = createRelay();
const app = express().use(express.json());

app.post('/answers/:id', async (req, res) => {
  const run = await relay.run(req.params.id, () => source(req.body));
  await run.pipe(req, res);
});
app.get('/answers/:id', async (req, res) => {
  const run = await relay.resume(req.params.id);
  if (run === undefined) res.status(204).end();
  else await run.pipe(req, res);
});
app.delete('/answers/:id', async (req, res) => {
  res.json({ stopped: await relay.stop(req.params.id) });
});

const server = app.listen(0, '127.0.0.1', () => listening(server.address().port));
