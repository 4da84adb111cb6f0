// Stores: options with their defaults, what the core is told, how long a value may be.

import { fields } from './rust.mjs';
import { defaultIn, members } from './types.mjs';

export const name = 'stores';

const KIB = 1024;

export function check(tree, differences) {
  const types = tree.text('index.d.ts');
  const script = 'lib/options/store.js';
  const { LONGEST, MEMORY_STORE } = tree.module(script);
  const options = members(types, 'MemoryStoreOptions');
  const own = [...Object.keys(MEMORY_STORE), 'name'];
  differences.same(own, 'MEMORY_STORE', options.keys(), 'MemoryStoreOptions');
  for (const [option, value] of Object.entries(MEMORY_STORE)) {
    const comment = options.get(option) ?? '';
    differences.equal(option, value, script, defaultIn(comment), 'index.d.ts');
  }
  const core = tree.codeOf('src/node', /struct GivenStore \{/);
  differences.same(fields(core, /struct GivenStore \{/), 'src/node', own, script);
  const longest = `${LONGEST / KIB / KIB} MiB`;
  const page = tree.text('docs/store.md');
  const says = (wanted, text, place) => differences.says(wanted, text, wanted, place);
  says(`a value text of at most ${longest}, in UTF-8`, types, 'index.d.ts');
  says(`| a value | ${longest} of UTF-8 |`, page, 'docs/store.md');
  const { maxEntries, maxBytes } = MEMORY_STORE;
  says(`| \`maxEntries\` | ${maxEntries.toLocaleString('en-US')} values |`, page, 'docs/store.md');
  says(`| \`maxBytes\` | ${maxBytes / KIB / KIB} MiB of keys`, page, 'docs/store.md');
  methods(tree, differences, types);
}

/** What a store can do, in the contract, in JavaScript, in the core, and in the table of its page. */
function methods(tree, differences, types) {
  const [, declared] = /export interface Store \{([\s\S]*?)\n\}/.exec(types);
  const names = [...declared.matchAll(/^ {2}(\w+)\(/gm)].map(([, method]) => method);
  const script = tree.code('lib/server/store.js');
  const asynchronous = [...script.matchAll(/^ {2}async (\w+)\(/gm)].map(([, method]) => method);
  differences.same(names, 'Store', asynchronous, 'lib/server/store.js');
  const core = tree.codeOf('src/node', /struct NativeStore \{/);
  const told = [...core.matchAll(/pub fn (\w+)\(\s*&self/g)].map(([, method]) => camel(method));
  differences.same(names, 'Store', told, 'NativeStore');
  const rows = [...tree.text('docs/store.md').matchAll(/^\| `(\w+)\(key/gm)];
  differences.same(
    names,
    'Store',
    rows.map(([, method]) => method),
    'docs/store.md',
  );
}

const camel = (word) => word.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
