// Names of options: what JavaScript knows, what index.d.ts declares, and what the core is told.

import { fields } from './rust.mjs';
import { literalOf } from './script.mjs';
import { members } from './types.mjs';

export const name = 'options';

/** Groups of `connect`, and the interfaces that declare them. */
const GROUPS = { retry: 'RetryOptions', retryRange: 'RetryRange', timeouts: 'Timeouts' };
const SETTING_GROUPS = { mailbox: 'MailboxOptions' };

export function check(tree, differences) {
  const text = tree.text('index.d.ts');
  const declared = (type) => [...members(text, type).keys()];
  const { SETTINGS } = tree.module('lib/options/settings.js');
  const { DEFAULTS } = tree.module('lib/options/defaults.js');
  const known = knownNames(tree, 'lib/options/connect.js', Object.keys(SETTINGS));
  differences.same(known.OPTIONS, 'lib/options', declared('ConnectOptions'), 'ConnectOptions');
  const source = declared('EventSourceInit').filter((member) => member !== 'withCredentials');
  differences.same(known.EVENT_SOURCE_OPTIONS, 'lib/options', source, 'EventSourceInit');
  for (const [group, type] of Object.entries(GROUPS)) {
    differences.same(Object.keys(DEFAULTS[group]), `DEFAULTS.${group}`, declared(type), type);
  }
  for (const [group, type] of Object.entries(SETTING_GROUPS)) {
    differences.same(Object.keys(SETTINGS[group].usual), group, declared(type), type);
  }
  chat(tree, differences, declared, SETTINGS);
  pools(tree, differences, declared);
  core(tree, differences, SETTINGS, DEFAULTS);
}

/** The lists of names in a module, which are spread into one another. */
function knownNames(tree, path, settings) {
  const code = tree.code(path);
  const lists = {};
  const spread = (list) =>
    [...list.matchAll(/'(\w+)'(?!\))|\.\.\.(\w+)(?!\()\b|\.\.\.settingsOf\('(\w+)'\)/g)].flatMap(
      ([, own, other, kind]) => {
        if (own) return [own];
        if (kind) return tree.module('lib/options/settings.js').settingsOf(kind);
        return other === 'Object' ? settings : (lists[other] ?? []);
      },
    );
  for (const [, word, list] of code.matchAll(/\bconst (\w+) = \[([\s\S]*?)\];\n/g)) {
    lists[word] = spread(list.replace(/Object\.keys\(SETTINGS\)/, 'Object'));
  }
  return lists;
}

function chat(tree, differences, declared) {
  const endpoint = literalOf(tree.code('lib/options/endpoint.js'), 'ENDPOINT_OPTIONS');
  differences.same(endpoint, 'ENDPOINT_OPTIONS', declared('EndpointOptions'), 'EndpointOptions');
  const known = knownNames(tree, 'lib/chat/options.js', []).OPTIONS;
  const all = [...declared('ChatOptions'), ...endpoint];
  differences.same([...known, ...endpoint], 'lib/chat/options.js', all, 'ChatOptions');
}

function pools(tree, differences, declared) {
  const script = tree.code('lib/pool/options.js');
  const known = knownNames(tree, 'lib/pool/options.js', []).MEMBER_OPTIONS;
  differences.same(known, 'MEMBER_OPTIONS', declared('PoolEndpoint'), 'PoolEndpoint');
  const breaker = Object.keys(literalOf(script, 'BREAKER'));
  differences.same(breaker, 'BREAKER', declared('BreakerOptions'), 'BreakerOptions');
  const outputs = literalOf(tree.code('lib/server/outputs.js'), 'OPTIONS');
  const output = [...declared('OutputOptions'), ...declared('ToResponseOptions')];
  differences.same(outputs, 'lib/server/outputs.js', output, 'ToResponseOptions');
}

/** What JavaScript sends is what the core reads. */
function core(tree, differences, SETTINGS, DEFAULTS) {
  const code = tree.codeOf('src/stream', /pub struct Options \{/);
  const told = fields(code, /pub struct Options \{/);
  const sent = literalKeys(tree.code('lib/options/connect.js'), 'function nativeOptions');
  const pooled = ['path', 'affinity'];
  differences.same(
    [...Object.keys(SETTINGS), ...sent, ...pooled],
    'nativeOptions',
    told,
    'Options of the core',
  );
  const asked = literalKeys(tree.code('lib/options/connect.js'), 'callbacks: {');
  differences.same(asked, 'callbacks', fields(code, /pub struct Callbacks \{/), 'Callbacks');
  const groups = tree.module('lib/options/groups.js');
  const retry = groups.normalizeRetry(undefined, DEFAULTS.retry);
  const policy = tree.codeOf('src/reconnect', /pub struct Policy \{/);
  const added = literalKeys(tree.code('lib/options/connect.js'), 'retry: {');
  const read = fields(policy, /pub struct Policy \{/);
  differences.same([...Object.keys(retry), ...added], 'normalizeRetry', read, 'Policy');
  const backoff = tree.codeOf('src/reconnect', /pub struct Backoff \{/);
  const waits = fields(backoff, /pub struct Backoff \{/);
  differences.same(Object.keys(retry.backoff), 'normalizeRetry', waits, 'Backoff');
  const timeouts = Object.keys(groups.normalizeTimeouts(undefined, DEFAULTS.timeouts));
  differences.same(
    timeouts,
    'normalizeTimeouts',
    fields(code, /pub struct Timeouts \{/),
    'Timeouts',
  );
}

/** The keys of the object that a piece of code makes first. */
function literalKeys(code, behind) {
  const [, rest] = code.split(behind);
  const [, indent, inside] = /(?:return|^) ?\{\n( +)([\s\S]*)/.exec(
    `${behind.endsWith('{') ? '{' : ''}${rest}`,
  );
  const own = new RegExp(`^ {${indent.length}}(\\w+)(?=[:,])`, 'gm');
  const [body] = `${indent}${inside}`.split(new RegExp(`^ {${indent.length - 2}}\\}`, 'm'));
  return [...body.matchAll(own)].map(([, key]) => key);
}
