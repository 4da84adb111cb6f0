'use strict';

const URL_OF = 'redis://127.0.0.1:6379';
const sentinel = (more) => ({ sentinel: { urls: [URL_OF], master: 'one', ...more } });

/** What stands for a secret: no message may show it. */
const SECRET = 'hunter2';

/** Options that `redisLog` and `redisStore` share and that are wrong, and what the message names. */
const REDIS = [
  [undefined, 'url, cluster, sentinel'],
  [null, 'options'],
  [URL_OF, 'options'],
  [{}, 'url, cluster, sentinel'],
  [{ url: URL_OF, cluster: [URL_OF] }, 'url and cluster'],
  [{ host: '127.0.0.1' }, 'host'],
  [{ url: 6379 }, 'url'],
  [{ url: null }, 'url'],
  [{ url: '' }, 'url'],
  [{ url: '127.0.0.1:6379' }, 'url'],
  [{ url: 'http://127.0.0.1:6379' }, 'url'],
  [{ url: 'redis:127.0.0.1' }, 'url'],
  [{ url: 'redis://' }, 'url'],
  [{ url: `redis://:${SECRET}#@127.0.0.1` }, 'url'],
  [{ url: `redis://:${SECRET}%@127.0.0.1` }, '%25'],
  [{ url: `redis://:${SECRET}@127.0.0.1/zero` }, 'url'],
  [{ url: `redis://:${SECRET}@127.0.0.1/0/1` }, 'url'],
  [{ url: `redis://127.0.0.1/?password=${SECRET}` }, 'query'],
  [{ url: `redis://127.0.0.1/#${SECRET}` }, '%23'],
  [{ cluster: URL_OF }, 'cluster'],
  [{ cluster: [] }, 'cluster'],
  [{ cluster: [URL_OF, 7] }, 'cluster[1]'],
  [{ cluster: [URL_OF, 'rediss://127.0.0.1:6380'] }, 'cluster'],
  [{ cluster: [`${URL_OF}/1`] }, 'database'],
  [{ sentinel: URL_OF }, 'sentinel'],
  [sentinel({ urls: [] }), 'sentinel.urls'],
  [sentinel({ urls: [`redis://:${SECRET}%@127.0.0.1`] }), 'sentinel.urls[0]'],
  [sentinel({ master: '' }), 'sentinel.master'],
  [sentinel({ master: undefined }), 'sentinel.master'],
  [sentinel({ username: 7 }), 'sentinel.username'],
  [sentinel({ password: '' }), 'sentinel.password'],
  [sentinel({ password: 7 }), 'sentinel.password'],
  [sentinel({ name: 'one' }), 'sentinel.name'],
  [{ url: URL_OF, prefix: '' }, 'prefix'],
  [{ url: URL_OF, prefix: 7 }, 'prefix'],
  [{ url: URL_OF, prefix: '{app}' }, 'prefix'],
  [{ url: URL_OF, prefix: 'a\nb' }, 'prefix'],
  [{ url: URL_OF, prefix: 'x'.repeat(257) }, 'prefix'],
  [{ url: URL_OF, tls: {} }, 'tls'],
  [{ url: 'rediss://127.0.0.1', tls: true }, 'tls'],
  [{ url: 'rediss://127.0.0.1', tls: { ca: 'none' } }, 'tls.ca'],
  [{ url: 'rediss://127.0.0.1', tls: { cert: '-----BEGIN CERTIFICATE-----' } }, 'tls.key'],
  [{ url: 'rediss://127.0.0.1', tls: { rejectUnauthorized: false } }, 'rejectUnauthorized'],
  [{ url: URL_OF, timeouts: 5000 }, 'timeouts'],
  [{ url: URL_OF, timeouts: { connect: 0 } }, 'timeouts.connect'],
  [{ url: URL_OF, timeouts: { connect: null } }, 'timeouts.connect'],
  [{ url: URL_OF, timeouts: { command: 1 } }, 'timeouts.command'],
];

/** Options of `redisLog` alone. */
const REDIS_LOG = [
  [{ url: URL_OF, maxEvents: 0 }, 'maxEvents'],
  [{ url: URL_OF, maxBytes: 1.5 }, 'maxBytes'],
  [{ url: URL_OF, maxAge: 0 }, 'maxAge'],
  [{ url: URL_OF, totalBytes: -1 }, 'totalBytes'],
  [{ url: URL_OF, whenDown: 'wait' }, 'whenDown'],
  [{ url: URL_OF, bridge: 'events' }, 'bridge'],
  [{ url: URL_OF, bridge: [''] }, 'bridge[0]'],
  [{ url: URL_OF, bridge: ['news', '*'] }, 'bridge[1]'],
  [{ url: URL_OF, bridge: ['user:ann'] }, 'bridge[0]'],
];

/** Options of `redisStore` alone. */
const REDIS_STORE = [
  [{ url: URL_OF, maxEntries: 1 }, 'maxEntries'],
  [{ url: URL_OF, whenDown: 'fail' }, 'whenDown'],
];

module.exports = { REDIS, REDIS_LOG, REDIS_STORE, SECRET };
