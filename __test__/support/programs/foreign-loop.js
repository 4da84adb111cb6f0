'use strict';

/**
 * To be preloaded: the runtime says that it is Bun, whose event loop is not libuv's. The addon must
 * then do without libuv, whose functions end the process there.
 */
Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.2.0' } });
