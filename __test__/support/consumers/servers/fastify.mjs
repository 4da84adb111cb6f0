import fastify from 'fastify';
import { answer, listening } from './route.mjs';

const app = fastify();
// For both: the HEAD that it makes of a GET by itself takes no Response at all.
app.route({ method: ['GET', 'HEAD'], url: '*', handler: (request) => answer(request) });
await app.listen({ port: 0, host: '127.0.0.1' });
listening(app.server.address().port);
