import { Agent, setGlobalDispatcher } from 'undici';

// As many requests on a connection as undici thinks a server takes, and as many connections as Perennial
// opens for a thousand: without a bound a connection is opened for every request that comes before the first
// is up.
setGlobalDispatcher(new Agent({ allowH2: true, connections: 16, pipelining: 100 }));

export { open } from './undici-request.mjs';
