// The JSON that crosses: notices, questions and replies, deltas, statistics, snapshots, pools.

import { block, fields, strings, variants } from './rust.mjs';
import { members } from './types.mjs';

export const name = 'notices';

export function check(tree, differences) {
  const handle = tree.code('lib/core/stream-handle.js');
  lifecycle(tree, differences, handle);
  questions(tree, differences, handle);
  deltas(tree, differences);
  shown(tree, differences);
  pools(tree, differences);
}

/** Notices of a stream, and which of their fields JavaScript reads. */
function lifecycle(tree, differences, handle) {
  const notices = variants(tree.codeOf('src/stream', /pub enum Notice</), /pub enum Notice<'a> \{/);
  const cases = block(handle, /switch \(notice\.type\) \{/);
  const read = [...cases.matchAll(/case '(\w+)':([\s\S]*?)break;/g)];
  differences.same(
    [...notices.keys()],
    'the notices of the core',
    read.map(([, type]) => type),
    'stream-handle.js',
  );
  for (const [, type, body] of read) {
    const { fields: told = [] } = notices.get(type) ?? {};
    // A question is passed on as a whole; see `questions`.
    const taken = type === 'question' ? told : [...fieldsRead(body)];
    differences.same(
      told.map((field) => `${type}.${field}`),
      'the notices of the core',
      taken.map((field) => `${type}.${field}`),
      'stream-handle.js',
    );
  }
}

/** The fields of a notice that code names, one by one or taken apart. */
function fieldsRead(code) {
  const apart = [...code.matchAll(/\{ ([\w, ]+) \} = notice;/g)].flatMap(([, list]) =>
    list.split(', '),
  );
  const single = [...code.matchAll(/\bnotice\.(\w+)/g)].map(([, field]) => field);
  return new Set([...apart, ...single]);
}

/** What is asked of JavaScript, and what it answers. */
function questions(tree, differences, handle) {
  const notice = tree.codeOf('src/stream', /pub enum Notice</);
  const asks = [...variants(notice, /pub enum Ask \{/).keys()];
  const callbacks = tree.code('lib/core/callbacks.js');
  const [, list] = /function replyTo\(\{ ([\w, ]+) \}/.exec(callbacks) ?? [];
  const taken = [...(list ?? '').split(', '), ...fieldsRead(handle.replace(/question/g, 'notice'))];
  const { fields: told } = variants(notice, /pub enum Notice<'a> \{/).get('question');
  differences.within(
    told.map((field) => `question.${field}`),
    'the notices of the core',
    taken.map((field) => `question.${field}`),
    'what answers questions',
  );
  const answered = [...`${handle}${callbacks}`.matchAll(/\bask === '(\w+)'/g)].map(
    ([, ask]) => ask,
  );
  // What is asked most is what is left.
  differences.same(asks, 'the questions of the core', [...answered, 'request'], 'JavaScript');
  const replies = variants(tree.codeOf('src/node', /enum Reply \{/), /enum Reply \{/);
  const made = [...`${handle}${callbacks}`.matchAll(/kind: '(\w+)'/g)].map(([, kind]) => kind);
  differences.same(replies.keys(), 'the replies that the core reads', made, 'JavaScript');
}

/** Steps of an answer that are no text. */
function deltas(tree, differences) {
  const [, declared] = tree.code('index.d.ts').split('type ChatDelta =');
  const types = [...declared.split('};')[0].matchAll(/\btype: '(\w+)'/g)].map(([, type]) => type);
  const core = tree.codeOf('src/chat', /"type": "start"/);
  const told = [...core.matchAll(/"type": "(\w+)"/g)].map(([, type]) => type);
  const script = tree.code('lib/chat/delta.js');
  const pieces = [...script.matchAll(/\d: '(\w+)'/g)].map(([, type]) => type);
  differences.same([...told, ...pieces], 'the steps of the core', types, 'ChatDelta');
}

/** What is shown of a stream, and of an answer. */
function shown(tree, differences) {
  const text = tree.text('index.d.ts');
  const declared = (type) => [...members(text, type).keys()];
  const pairs = [
    ['src/stream', 'Stats', ['StreamStats', 'RetryState']],
    ['src/stream', 'Failure', ['FailureRecord']],
    ['src/chat', 'Attempt', ['ChatAttempt']],
    ['src/llm', 'Usage', ['ChatUsage']],
    ['src/llm', 'ToolCall', ['ChatToolCall']],
    ['src/chat', 'ChoiceView', ['ChatChoice']],
  ];
  for (const [folder, struct, types] of pairs) {
    const pattern = new RegExp(`struct ${struct}\\b(?:<'a>)? \\{`);
    const told = fields(tree.codeOf(folder, pattern), pattern);
    differences.same(told, struct, types.flatMap(declared), types.join(' and '));
  }
  const snapshot = fields(tree.codeOf('src/chat', /struct Snapshot</), /struct Snapshot<'a> \{/);
  differences.same(snapshot, 'Snapshot', [...declared('ChatAnswer'), 'revision'], 'ChatAnswer');
}

/** What a pool shows and tells. */
function pools(tree, differences) {
  const text = tree.text('index.d.ts');
  const counters = fields(tree.codeOf('src/pool', /struct Counters \{/), /struct Counters \{/);
  for (const [struct, type, more] of [
    ['EndpointView', 'EndpointState', counters],
    ['KeyView', 'KeyState', counters],
    ['Change', 'PoolChange', []],
    ['Share', 'PoolUpdate', []],
  ]) {
    const pattern = new RegExp(`pub struct ${struct} \\{`);
    const told = fields(tree.codeOf('src/pool', pattern), pattern);
    differences.same([...told, ...more], struct, [...members(text, type).keys()], type);
  }
  for (const [type, member, declares, what] of [
    ['KeyState', 'state', /impl Slot \{/, 'the states of a key'],
    ['EndpointState', 'breaker', /impl Breaker \{/, 'the states of a breaker'],
  ]) {
    const told = strings(tree.codeOf('src/pool', declares), /const fn name\(self\)/);
    const [, body] = text.split(`export interface ${type} {`);
    const [, words] = new RegExp(`readonly ${member}: ([^;]*);`).exec(body);
    differences.same(told, what, words.match(/[\w-]+/g), type);
  }
}
