/* global Deno */
import { answer, listening } from './route.mjs';

const onListen = ({ port }) => listening(port);
Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen, onError: () => new Response('', { status: 500 }) },
  answer,
);
