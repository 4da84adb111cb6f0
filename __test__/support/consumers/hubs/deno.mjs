/* global Deno */
import { answer, listening } from './fetching.mjs';

const onListen = ({ port }) => listening(port);
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, answer);
