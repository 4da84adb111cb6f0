import { createServer } from 'node:http';
import { H3, toNodeHandler } from 'h3';
import { answer, listening } from './fetching.mjs';

const app = new H3();
app.all('/**', (event) => answer(event.req));
const server = createServer(toNodeHandler(app));
server.listen(0, '127.0.0.1', () => listening(server.address().port));
