// Relays and runs: options, what is asked of the core, counters, how a run stands.

import { fields, strings, variants } from './rust.mjs';
import { literalOf } from './script.mjs';
import { members, union } from './types.mjs';

export const name = 'relays';

export function check(tree, differences) {
  const types = tree.text('index.d.ts');
  const declared = (type) => [...members(types, type).keys()];
  const { RELAY } = tree.module('lib/options/relay.js');
  const { MEMORY_LOG } = tree.module('lib/options/log.js');
  differences.same(
    [...Object.keys(RELAY), 'log'],
    'RELAY',
    declared('RelayOptions'),
    'RelayOptions',
  );
  const logOptions = declared('MemoryLogOptions');
  differences.same(Object.keys(MEMORY_LOG), 'MEMORY_LOG', logOptions, 'MemoryLogOptions');
  const script = tree.code('lib/options/relay.js');
  const read = literalOf(script, 'READ_OPTIONS');
  differences.same(read, 'READ_OPTIONS', declared('RunOutputOptions'), 'RunOutputOptions');
  const run = [...declared('RunOptions'), ...declared('RunLookup')];
  differences.same(literalOf(script, 'RUN_OPTIONS'), 'RUN_OPTIONS', run, 'RunOptions');
  core(tree, differences, RELAY, MEMORY_LOG);
  const stats = fields(tree.codeOf('src/serve', /struct RelayStats \{/), /struct RelayStats \{/);
  differences.same(stats, 'src/serve', declared('RelayStats'), 'RelayStats');
  const words = strings(tree.codeOf('src/log', /impl Status \{/), /fn name\(self\)/);
  differences.same(words, 'src/log', union(types, 'RunStatus'), 'RunStatus');
}

/** What JavaScript tells the core of a relay, and asks of it. */
function core(tree, differences, RELAY, MEMORY_LOG) {
  const code = tree.codeOf('src/node', /struct Given \{[^}]*retention/);
  // This one is JavaScript's own.
  const told = [...Object.keys(RELAY).filter((word) => word !== 'heartbeat'), 'log'];
  differences.same(fields(code, /struct Given \{/), 'src/node', told, 'lib/options/relay.js');
  const log = fields(tree.codeOf('src/node', /struct GivenLog \{/), /struct GivenLog \{/);
  const logged = [...Object.keys(MEMORY_LOG), 'redis', 'whenDown', 'bridge'];
  differences.same(log, 'src/node', logged, 'lib/options/log.js');
  const asks = [...variants(code, /enum Question \{/).keys()];
  const asked = [...tree.code('lib/server/relay.js').matchAll(/ask: '(\w+)'/g)];
  differences.same(
    asks,
    'src/node',
    asked.map(([, ask]) => ask),
    'lib/server/relay.js',
  );
}
