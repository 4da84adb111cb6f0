// Logs and stores in Redis: options with their defaults, what the core is told, what stores ask of it.

import { fields, variants } from './rust.mjs';
import { literalOf } from './script.mjs';
import { defaultIn, members } from './types.mjs';

export const name = 'redis';

export function check(tree, differences) {
  const types = tree.text('index.d.ts');
  const { OPTIONS, REDIS, SENTINEL, TLS } = tree.module('lib/options/redis.js');
  const { MEMORY_LOG, REDIS_LOG } = tree.module('lib/options/log.js');
  for (const [known, place, type] of [
    [OPTIONS, 'OPTIONS', 'RedisOptions'],
    [Object.keys({ ...MEMORY_LOG, ...REDIS_LOG }), 'lib/options/log.js', 'RedisLogOptions'],
    [SENTINEL, 'SENTINEL', 'RedisSentinelOptions'],
    [TLS, 'TLS', 'RedisTLSOptions'],
    [Object.keys(REDIS.timeouts), 'REDIS.timeouts', 'RedisTimeouts'],
  ]) {
    differences.same(known, place, members(types, type).keys(), type);
  }
  for (const [values, type] of [
    [{ prefix: REDIS.prefix }, 'RedisOptions'],
    [REDIS.timeouts, 'RedisTimeouts'],
    [{ ...MEMORY_LOG, ...REDIS_LOG }, 'RedisLogOptions'],
  ]) {
    const declared = members(types, type);
    for (const [option, value] of Object.entries(values)) {
      differences.equal(option, value, 'lib/options', defaultIn(declared.get(option) ?? ''), type);
    }
  }
  core(tree, differences, TLS);
  const asks = variants(
    tree.codeOf('src/node', /enum Question \{\s*Get/),
    /enum Question \{/,
  ).keys();
  const asked = [...tree.code('lib/server/redis-store.js').matchAll(/ask: '(\w+)'/g)];
  differences.same(
    asks,
    'src/node',
    asked.map(([, ask]) => ask),
    'lib/server/redis-store.js',
  );
}

/** What JavaScript tells the core. */
function core(tree, differences, TLS) {
  const code = tree.codeOf('src/node', /struct GivenRedis \{/);
  const script = tree.text('lib/options/redis.js');
  const [, typedef] = /@typedef \{object\} Redis ([\s\S]*?)\*\//.exec(script);
  const told = [...typedef.matchAll(/@property \{[^\n]*\} (\w+)/g)].map(([, member]) => member);
  differences.same(
    told,
    'lib/options/redis.js',
    fields(code, /struct GivenRedis \{/),
    'GivenRedis',
  );
  differences.same(TLS, 'TLS', fields(code, /struct GivenTls \{/), 'GivenTls');
  const modes = [...tree.code('lib/options/redis.js').matchAll(/mode: '(\w+)'/g)];
  differences.same(
    modes.map(([, mode]) => mode),
    'lib/options/redis.js',
    variants(code, /enum GivenMode \{/).keys(),
    'GivenMode',
  );
  const words = literalOf(tree.code('lib/options/log.js'), 'WHEN_DOWN');
  const known = variants(code, /enum GivenWhenDown \{/).keys();
  differences.same(words, 'WHEN_DOWN', known, 'GivenWhenDown');
}
