// The walls of the house, checked: which module may name which, and who owns runtime and timers.

import { code, files, read } from './source.mjs';

/** Modules that must run anywhere, with time and chance as arguments. */
const PURE = ['protocol', 'reconnect', 'record', 'delivery', 'llm', 'pool'];

/** What each module of the core may name besides itself and `error`. */
const MAY_USE = {
  error: [],
  protocol: [],
  reconnect: [],
  pool: [],
  record: [],
  delivery: ['record'],
  llm: ['protocol'],
  transport: [],
  stream: ['protocol', 'reconnect', 'pool', 'transport', 'record', 'delivery'],
  // The last two for their types: it takes items in, and makes requests.
  chat: ['llm', 'pool', 'stream', 'reconnect', 'record', 'delivery', 'protocol', 'transport'],
  log: ['protocol'],
  relay: ['log', 'protocol', 'record', 'delivery'],
  hub: ['log', 'protocol', 'record', 'delivery'],
  listener: ['hub'],
};

/** Crates that only one module may name. */
const OWNED = {
  napi: 'node',
  napi_derive: 'node',
  redis: 'log',
  hyper: 'transport',
  httparse: 'transport',
};

/** Where JavaScript may hold a timer: yielding between drains, and code that never meets the core. */
const MAY_WAIT = /^lib\/(core\/dispatcher\.js$|browser\/|cli\/)/;

const broken = [];
const report = (path, text, offset, why) => {
  const line = text.slice(0, offset).split('\n').length;
  broken.push(`${path}:${line}: ${why}`);
};

/** Reports every match of a pattern in a text. */
function refuse(path, text, pattern, why) {
  for (const match of text.matchAll(pattern)) report(path, text, match.index, why(match));
}

const rust = files('src').filter((path) => path.endsWith('.rs') && path !== 'src/lib.rs');
const moduleOf = (path) => path.split('/')[1].replace(/\.rs$/, '');

for (const path of rust) {
  const own = moduleOf(path);
  const text = code(path);
  for (const [crate, owner] of Object.entries(OWNED)) {
    if (own === owner) continue;
    refuse(path, text, new RegExp(`\\b${crate}\\b`, 'g'), () => `only ${owner} may name ${crate}`);
  }
  if (PURE.includes(own)) {
    refuse(path, text, /\btokio\b/g, () => 'a pure module may not name tokio');
    refuse(path, text, /\b(Instant|SystemTime)::now\b/g, () => 'a pure module is told the time');
    if (!path.endsWith('/mod.rs') && !/^\s*#!\[forbid\(unsafe_code\)\]/.test(text)) {
      report(path, text, 0, 'a pure module must begin with #![forbid(unsafe_code)]');
    }
  }
  if (own !== 'node') checkUses(path, own, text);
}

function checkUses(path, own, text) {
  const allowed = MAY_USE[own];
  if (!allowed) {
    report(
      path,
      text,
      0,
      `the walls do not know a module ${own}: give it a place in scripts/walls.mjs`,
    );
    return;
  }
  // Both `crate::name` and the names of a `use crate::{…}` list.
  for (const match of text.matchAll(/\bcrate::(?:(\w+)|\{([^;]*?)\}\s*;)/g)) {
    const heads = match[2]?.replace(/\{[^}]*\}/g, '').split(',') ?? [match[1]];
    for (const head of heads) {
      const name = head.trim().split('::')[0];
      if (name === '' || name === own || name === 'error' || allowed.includes(name)) continue;
      report(path, text, match.index, `${own} may not use ${name}`);
    }
  }
}

const timers = /\b(setTimeout|setInterval|setImmediate)\b|node:timers/g;
for (const path of files('lib').filter((path) => path.endsWith('.js') && !MAY_WAIT.test(path))) {
  refuse(path, code(path), timers, ([timer]) => `a timer in lib/: ${timer} belongs in the core`);
}

/** Traces of one machine; a lockfile with `resolved` addresses ties everybody to one registry. */
const traces =
  /(?<![\w.$}])\/(?:work|tmp|root|home)\/[\w.]|"resol[v]ed": "(?!file:)|\bregistry\.\w+\.\w/g;
for (const path of files()) {
  refuse(path, read(path), traces, ([trace]) => `a trace of one machine or registry: ${trace}`);
}

for (const line of broken) console.error(line);
console.log(broken.length === 0 ? 'walls: all stand' : `walls: ${broken.length} broken`);
process.exit(broken.length === 0 ? 0 : 1);
