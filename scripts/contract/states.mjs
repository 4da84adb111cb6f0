// Why a stream is over, and where it stands: words that users branch on, or print.

import { block, strings, variants } from './rust.mjs';
import { union } from './types.mjs';

export const name = 'states';

export function check(tree, differences) {
  reasons(tree, differences);
  printed(tree, differences);
}

/** The reasons of the core and of JavaScript, in the contract and in docs/streams.md. */
function reasons(tree, differences) {
  const decided = tree.codeOf('src/reconnect', /Self::NoContent => "/);
  const [arms] =
    /(?:\s*Self::\w+ => "[\w-]+",)*\s*Self::NoContent => "[^"]*",(?:\s*Self::\w+ => "[\w-]+",)*/.exec(
      decided,
    );
  const failed = /\("(\w+)", Some\(self\.report\(&error\)\)\)/.exec(
    tree.codeOf('src/stream', /pub async fn run\(|async fn run\(/),
  );
  const closing = /@param \{([^}]*)\} \[reason\]/.exec(tree.text('lib/core/stream-handle.js'));
  const own = [...closing[1].matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
  const core = [...strings(arms), failed?.[1] ?? 'no reason for failures'];
  const declared = union(tree.code('index.d.ts'), 'CloseReason');
  differences.same([...core, ...own], 'the core and stream-handle.js', declared, 'CloseReason');
  const [, table] = tree.text('docs/streams.md').split('| `close` reason |');
  const rows = [...table.split('\n\n')[0].matchAll(/^\| `([\w-]+)` \|/gm)].map(
    ([, reason]) => reason,
  );
  differences.same(rows, 'the table of docs/streams.md', declared, 'CloseReason');
  const [comment] = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*export type CloseReason/.exec(
    tree.text('index.d.ts'),
  );
  const told = [...comment.matchAll(/^ \* - `([\w-]+)`/gm)].map(([, reason]) => reason);
  differences.same(told, 'the comment of CloseReason', declared, 'CloseReason');
}

/** The states of the engine as it prints them, in the diagram and in an example of the contract. */
function printed(tree, differences) {
  const core = tree.codeOf('src/stream', /pub enum State \{\s*Idle/);
  const states = [...variants(core, /pub enum State \{/).keys()];
  const words = strings(block(core, /impl fmt::Display for State \{/));
  differences.same(
    words.map((text) => text.replace(/ \(.*/, '')),
    'what State prints',
    states,
    'State',
  );
  const [, engine] = tree.text('docs/architecture.md').split('## The engine');
  const [, diagram] = /```text\n([\s\S]*?)```/.exec(engine);
  const drawn = new Set(diagram.match(/[a-z]+/g));
  differences.within(states, 'State', drawn, 'the diagram of docs/architecture.md');
  const examples = words.map((text) => text.replace('{attempt}', '3').replace('{}', '1000'));
  const contract = tree.text('index.d.ts');
  const [, shown] = /What the engine is doing, to print: ([^\n]*)\.\s*\*\//.exec(contract) ?? [];
  const given = [...(shown ?? '').matchAll(/`([^`]+)`/g)].map(([, state]) => state);
  differences.within(given, 'RetryState.state of index.d.ts', examples, 'what State prints');
  differences.within(given.length > 0 ? [] : ['an example'], 'no state', [], 'RetryState.state');
}
