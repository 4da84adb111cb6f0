// Hubs and their clients: options with their defaults, what the core is told, counters, why clients are closed.

import { block, fields, strings, variants } from './rust.mjs';
import { literalOf } from './script.mjs';
import { defaultIn, members, union } from './types.mjs';

export const name = 'hubs';

/** Ways in which a client ends that the core knows nothing of: none of these was one. */
const NO_CLIENT = ['refused', 'answered'];

export function check(tree, differences) {
  const types = tree.text('index.d.ts');
  const { HUB, MAX_LAG, EVENTS, CLOSE } = tree.module('lib/options/hub.js');
  const { CORS } = tree.module('lib/options/cors.js');
  const { TICKET } = tree.module('lib/options/ticket.js');
  for (const [usual, type, more] of [
    [HUB, 'HubOptions', ['log', 'store', 'maxLag', 'events', 'cors']],
    [MAX_LAG, 'HubMaxLag', []],
    [EVENTS, 'HubEventNames', []],
    [CLOSE, 'HubCloseOptions', []],
    [CORS, 'HubCors', ['origin']],
    [TICKET, 'HubTicketOptions', ['user', 'channels', 'data']],
  ]) {
    const declared = members(types, type);
    differences.same([...Object.keys(usual), ...more], 'lib/options', declared.keys(), type);
    for (const [option, value] of Object.entries(usual)) {
      const said = defaultIn(declared.get(option) ?? '');
      differences.equal(option, value, 'lib/options', said, type);
    }
  }
  methods(tree, differences, types);
  documented(tree, differences, { ...HUB, ...flat('maxLag', MAX_LAG), ...flat('events', EVENTS) });
  core(tree, differences, { HUB, MAX_LAG, EVENTS });
  told(tree, differences, types);
}

const flat = (group, values) =>
  Object.fromEntries(
    Object.entries(values).map(([member, value]) => [`${group}.${member}`, value]),
  );

/** The table of options in the documents. */
function documented(tree, differences, usual) {
  const [, text] = tree.text('docs/hub.md').split('| option | default | |');
  const rows = [...text.split('\n\n')[0].matchAll(/^\| (`[^|]*) \| ([^|]*) \|/gm)];
  const defaults = new Map(
    rows.flatMap(([, names, cell]) => {
      const cells = cell.split(/, (?=`)/);
      return names.match(/[\w.]+/g).map((option, index) => [option, cells[index] ?? cells[0]]);
    }),
  );
  const options = [...Object.keys(usual), 'log', 'store', 'cors', 'admit'];
  differences.same(defaults.keys(), 'docs/hub.md', options, 'lib/options');
  for (const [option, value] of Object.entries(usual)) {
    const said = defaultIn(defaults.get(option) ?? '');
    differences.equal(option, value, 'lib/options', said, 'docs/hub.md');
  }
}

/** What methods take. */
function methods(tree, differences, types) {
  const client = tree.module('lib/options/hub-client.js');
  const publication = tree.module('lib/options/publication.js');
  for (const [known, place, ...interfaces] of [
    [client.CLIENT_OPTIONS, 'CLIENT_OPTIONS', 'HubConnectOptions'],
    [client.RESPONSE_OPTIONS, 'RESPONSE_OPTIONS', 'HubConnectOptions', 'HubResponseOptions'],
    [client.FILTER, 'FILTER', 'HubFilter'],
    [client.DISCONNECT, 'DISCONNECT', 'HubFilter', 'HubDisconnect'],
    [client.REVOKE, 'REVOKE', 'HubRevoke'],
    [publication.MESSAGE, 'MESSAGE', 'HubMessage'],
    [publication.PUBLICATION, 'PUBLICATION', 'HubMessage', 'HubEvent'],
  ]) {
    const declared = interfaces.flatMap((type) => [...members(types, type).keys()]);
    differences.same(known, place, declared, interfaces.join(' and '));
  }
}

/** What JavaScript tells the core. */
function core(tree, differences, { HUB, MAX_LAG, EVENTS }) {
  const code = tree.codeOf('src/node', /struct Given \{[^}]*retry_delay/);
  const options = [...Object.keys(HUB), 'log', 'maxLag', 'events'];
  differences.same(options, 'HUB', fields(code, /struct Given \{/), 'src/node');
  differences.same(
    Object.keys(MAX_LAG),
    'MAX_LAG',
    fields(code, /struct GivenMaxLag \{/),
    'src/node',
  );
  differences.same(Object.keys(EVENTS), 'EVENTS', fields(code, /struct GivenNames \{/), 'src/node');
  const [, client] = /JSON\.stringify\(\{ (name, [^}]*) \}\)/.exec(
    tree.code('lib/server/admission.js'),
  );
  differences.same(
    client.split(', '),
    'admission.js',
    fields(code, /struct GivenClient \{/),
    'src/node',
  );
  const [, closing] = /JSON\.stringify\(\{ (\w+, \w+) \}\)/.exec(
    tree.code('lib/server/hub-clients.js'),
  );
  const close = fields(code, /struct GivenClose \{/);
  differences.same(closing.split(', '), 'hub-clients.js', close, 'src/node');
  const questions = tree.codeOf('src/node', /enum HubQuestion \{/);
  const asked = [...tree.code('lib/server/remote-hub.js').matchAll(/ask: '(\w+)'/g)];
  differences.same(
    [/enum HubQuestion \{/, /enum OtherQuestion \{/].flatMap((named) => [
      ...variants(questions, named).keys(),
    ]),
    'src/node',
    asked.map(([, ask]) => ask),
    'lib/server/remote-hub.js',
  );
  const { DISCONNECT } = tree.module('lib/options/hub-client.js');
  differences.same(DISCONNECT, 'DISCONNECT', fields(code, /struct GivenFilter \{/), 'src/node');
  const channel = tree.module('lib/options/channel.js');
  const hub = tree.codeOf('src/hub', /const EVERYONE: &str/);
  for (const [word, constant] of [
    ['EVERYONE', 'EVERYONE'],
    ['OF_USER', 'USER'],
  ]) {
    const [, value] = new RegExp(`const ${constant}: &str = "([^"]*)"`).exec(hub);
    differences.equal(word, channel[word], 'lib/options/channel.js', value, 'src/hub');
  }
}

/** What the core tells of a hub. */
function told(tree, differences, types) {
  const stats = tree.codeOf('src/hub', /struct HubStats \{/);
  const declared = members(types, 'HubStats').keys();
  // Counted beside the hub.
  differences.same(
    [...fields(stats, /struct HubStats \{/), 'log'],
    'HubStats',
    declared,
    'index.d.ts',
  );
  const reasons = union(types, 'ClientCloseReason').filter((reason) => !NO_CLIENT.includes(reason));
  differences.same(fields(stats, /struct ClosedStats \{/), 'ClosedStats', reasons, 'index.d.ts');
  const lags = literalOf(tree.code('lib/options/hub.js'), 'LAGS');
  const policy = tree.codeOf('src/hub', /enum Lag \{/);
  const names = strings(block(policy, /impl Lag \{/), /fn name\(self\)/);
  differences.same(lags, 'LAGS', names, 'src/hub');
  const [, words] = /\n {2}lag\?: ([^;]*);/.exec(types);
  const options = [...words.matchAll(/'(\w+)'/g)].map(([, word]) => word);
  differences.same(lags, 'LAGS', options, 'HubOptions.lag');
  const gap = members(types, 'HubGap').keys();
  const step = tree.codeOf('src/hub', /pub struct Gap \{/);
  differences.same(fields(step, /pub struct Gap \{/), 'src/hub', gap, 'HubGap');
}
