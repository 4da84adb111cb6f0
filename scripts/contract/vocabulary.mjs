// Words that options may have, checked in JavaScript, read in Rust and declared in index.d.ts.

import { block, fields, strings, variants } from './rust.mjs';
import { literalOf } from './script.mjs';
import { members, union } from './types.mjs';

export const name = 'vocabulary';

const quoted = (text) => [...text.matchAll(/'([\w:-]+)'/g)].map(([, word]) => word);

export function check(tree, differences) {
  jitters(tree, differences);
  providers(tree, differences);
  policies(tree, differences);
  carriage(tree, differences);
  presets(tree, differences);
}

/** What a name for `retry` stands for is told in its comment. */
function presets(tree, differences) {
  const { RETRY_PRESETS } = tree.module('lib/options/retry-presets.js');
  const declared = members(tree.text('index.d.ts'), 'RetryPresets');
  differences.same(Object.keys(RETRY_PRESETS), 'RETRY_PRESETS', declared.keys(), 'RetryPresets');
  for (const [word, comment] of declared) {
    const [, told] = /`(\{[^`]*\})`/.exec(comment) ?? [];
    const value = told && JSON.parse(told.replace(/(\w+):/g, '"$1":'));
    differences.equal(
      `retry: '${word}'`,
      RETRY_PRESETS[word],
      'RETRY_PRESETS',
      value,
      'RetryPresets',
    );
  }
}

function jitters(tree, differences) {
  const groups = tree.code('lib/options/groups.js');
  const types = tree.code('index.d.ts');
  const named = literalOf(groups, 'JITTERS');
  const [, group] = /check\.group\(value, 'retry\.jitter', (\[[^\]]*\])/.exec(groups);
  const core = tree.codeOf('src/reconnect', /pub enum Jitter \{/);
  const read = [...variants(core, /pub enum Jitter \{/).keys()].map((kind) => kind.toLowerCase());
  const sent = [...groups.matchAll(/kind: '(\w+)'/g)].map(([, kind]) => kind);
  differences.same([...named, ...sent], 'JITTERS', read, 'what the core reads of a jitter');
  const [, declared] = /type Jitter =([\s\S]*?);\n\n/.exec(types);
  differences.same(named, 'JITTERS', quoted(declared), 'Jitter');
  const shapes = [...declared.matchAll(/\{ (\w+): number \}/g)].map(([, shape]) => shape);
  differences.same(quoted(group), 'the shapes of a jitter', shapes, 'Jitter');
}

function providers(tree, differences) {
  const families = literalOf(
    tree.code('lib/chat/providers.js').replace(/Object\.freeze\((\{[\s\S]*?\})\)/g, '$1'),
    'FAMILIES',
  );
  const types = tree.code('index.d.ts');
  differences.same(Object.keys(families), 'FAMILIES', union(types, 'ChatProvider'), 'ChatProvider');
  const core = tree.codeOf('src/llm', /pub enum Family \{/);
  const arms = block(core, /fn named\(/).matchAll(/((?:"[\w-]+"[\s|]*)+)=>\s*\{?\s*Self::(\w+)/g);
  const kebab = (word) => word.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase();
  const read = [...arms].flatMap(([, names, family]) =>
    strings(names).map((provider) => [provider, kebab(family)]),
  );
  const sorted = (entries) => Object.fromEntries([...entries].sort());
  const known = sorted(read.filter(([provider]) => provider !== 'chat-completions'));
  differences.equal(
    'the providers',
    known,
    'src/llm',
    sorted(Object.entries(families)),
    'FAMILIES',
  );
  const told = strings(block(core, /fn name\(self\)/));
  differences.same(told, 'the families of the core', Object.values(families), 'FAMILIES');
}

function policies(tree, differences) {
  const types = tree.code('index.d.ts');
  const text = tree.text('index.d.ts');
  const answers = tree.text('docs/answers.md');
  const resume = literalOf(tree.code('lib/chat/resume.js'), 'POLICIES');
  const options = tree.codeOf('src/chat', /pub enum Resume \{/);
  differences.same(resume, 'POLICIES', union(types, 'ResumePolicy'), 'ResumePolicy');
  differences.same(resume, 'POLICIES', variants(options, /pub enum Resume \{/).keys(), 'Resume');
  const rows = [...answers.matchAll(/^\| `'(\w+)'`(?: \(default\))? \|[^|]*\|[^|]*\|[^|]*\|$/gm)];
  differences.same(
    rows.map(([, policy]) => policy),
    'the table of docs/answers.md',
    resume,
    'POLICIES',
  );
  const styles = literalOf(tree.code('lib/options/endpoint.js'), 'PREFILL_STYLES');
  const pool = tree.codeOf('src/pool', /pub enum PrefillStyle \{/);
  differences.same(styles, 'PREFILL_STYLES', union(types, 'PrefillStyle'), 'PrefillStyle');
  differences.same(
    styles,
    'PREFILL_STYLES',
    variants(pool, /pub enum PrefillStyle \{/).keys(),
    'src/pool',
  );
  const [, table] = answers.split('| `prefill` |');
  const shown = [...table.split('\n\n')[0].matchAll(/^\| ((?:`'\w+'`(?:, )?)+) \|/gm)];
  const listed = shown.flatMap(([, names]) => quoted(names));
  differences.same(listed, 'the table of docs/answers.md', styles, 'PREFILL_STYLES');
  const malformed = variants(options, /pub enum Malformed \{/).keys();
  const declared = /malformed\?: ([^;]*);/.exec(text)[1];
  differences.same(malformed, 'Malformed', quoted(declared), 'ChatOptions.malformed');
}

/** How a stream gets to its server: certificates, and proxies. */
function carriage(tree, differences) {
  const options = tree.code('lib/options/connection.js');
  const proxies = literalOf(options, 'PROXIES').map((scheme) => scheme.slice(0, -1));
  const core = tree.codeOf('src/transport', /const SCHEMES: \[&str; \d+\] =/);
  const schemes = strings(/const SCHEMES[^;]*;[^;]*;/.exec(core)[0]);
  differences.same(proxies, 'PROXIES', schemes, 'SCHEMES');
  const list = `${proxies.slice(0, -1).join(':, ')}: or ${proxies.at(-1)}:`;
  differences.says('the schemes of proxies', options, list, 'lib/options/connection.js');
  differences.says('the schemes of proxies', core.replace(/\\\n\s*/g, ''), list, 'src/transport');
  const marked = list.replace(/\w+:/g, '`$&`');
  differences.says('the schemes of proxies', tree.text('index.d.ts'), marked, 'index.d.ts');
  const [, names] = /const names = (\[[^\]]*\]);\n[^\n]*check\.group\(value, 'tls'/.exec(options);
  const declared = [...members(tree.text('index.d.ts'), 'TLSOptions').keys()];
  differences.same(quoted(names), 'normalizeTls', declared, 'TLSOptions');
  const [, normalized] = /function normalizeTls\(([\s\S]*?)const PROXIES/.exec(options);
  const sent = [...normalized.matchAll(/^ {4}(\w+): /gm)].map(([, member]) => member);
  const settings = tree.codeOf('src/stream', /struct GivenTls \{/);
  differences.same(sent, 'normalizeTls', fields(settings, /struct GivenTls \{/), 'GivenTls');
}
