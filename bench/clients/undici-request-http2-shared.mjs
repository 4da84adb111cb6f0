import { Client } from 'undici';
import { openWith } from './undici-request.mjs';

/** As many as Perennial opens for a thousand streams. */
const CONNECTIONS = 16;

/** Dealt by hand: a `Pool` opens a connection for each request that comes before one is up, or stalls. */
let clients;
let next = 0;

export function open(url, sink) {
  const { origin } = new URL(url);
  const options = { allowH2: true, pipelining: 100 };
  clients ??= Array.from({ length: CONNECTIONS }, () => new Client(origin, options));
  return openWith(clients[next++ % CONNECTIONS], url, sink);
}
