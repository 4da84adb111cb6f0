// Defaults, as JavaScript has them and as index.d.ts and the documents tell them.

import { literalOf, numberOf } from './script.mjs';
import { defaultIn, members } from './types.mjs';

export const name = 'defaults';

/** Where a default is told in words, and in which. */
const IN_WORDS = {
  'retry.statuses': ({ always }) => `Defaults to ${list(always)} for GET and HEAD`,
};

const list = (numbers) => `${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;

export function check(tree, differences) {
  const { SETTINGS } = tree.module('lib/options/settings.js');
  const defaults = tree.module('lib/options/defaults.js');
  const { DEFAULTS } = defaults;
  const settings = Object.entries(SETTINGS).filter(([, { usual }]) => usual !== undefined);
  const known = {
    ...flat('retry', DEFAULTS.retry),
    ...flat('retryRange', DEFAULTS.retryRange),
    ...flat('timeouts', DEFAULTS.timeouts),
    ...Object.assign(
      {},
      ...settings.map(([option, { usual }]) =>
        Array.isArray(usual) || typeof usual !== 'object'
          ? { [option]: usual }
          : flat(option, usual),
      ),
    ),
  };
  contract(tree, differences, known);
  kinds(tree, differences, defaults);
  others(tree, differences, DEFAULTS);
  asides(tree, differences, known, defaults);
}

const flat = (group, values) =>
  Object.fromEntries(
    Object.entries(values).map(([member, value]) => [`${group}.${member}`, value]),
  );

const TYPES = {
  retry: 'RetryOptions',
  retryRange: 'RetryRange',
  timeouts: 'Timeouts',
  mailbox: 'MailboxOptions',
};

/** The comments of `connect`'s options. */
function contract(tree, differences, known) {
  const text = tree.text('index.d.ts');
  for (const [option, value] of Object.entries(known)) {
    const [group, member] = option.split('.');
    const type = member ? TYPES[group] : 'ConnectOptions';
    const comment = members(text, type).get(member ?? group) ?? '';
    const words = IN_WORDS[option];
    if (words) differences.says(option, comment, words(value), 'index.d.ts');
    else differences.equal(option, value, 'lib/options', defaultIn(comment), 'index.d.ts');
  }
}

/** Where kinds of streams differ. */
function kinds(tree, differences, { ANSWER, EVENT_SOURCE, SUBSCRIPTION }) {
  const text = tree.text('index.d.ts');
  const says = (type, member, wanted) =>
    differences.says(
      `${type}.${member}`,
      members(text, type).get(member) ?? '',
      wanted,
      'index.d.ts',
    );
  const { retry, timeouts } = SUBSCRIPTION.unsafe;
  says(
    'RetryOptions',
    'attempts',
    `(without limit) for GET and HEAD, to \`${retry.attempts}\` for`,
  );
  says('RetryOptions', 'statuses', `for other methods to ${list(retry.statuses.always)}`);
  says('RetryOptions', 'statuses', `with \`unsafe\` also ${list(retry.statuses.unsafe)}`);
  says('Timeouts', 'headers', `\`${timeouts.headers}\` unless GET or HEAD`);
  const { retry: source } = EVENT_SOURCE.safe;
  says('RetryOptions', 'baseDelay', `for \`EventSource\` to \`${source.baseDelay}\``);
  says('RetryOptions', 'jitter', `\`EventSource\` to \`{ addRatio: ${source.jitter.addRatio} }\``);
  const { retry: asked, timeouts: waited } = ANSWER.unsafe;
  says('ChatOptions', 'retry', `defaults to \`${asked.attempts}\`, \`baseDelay\``);
  says('ChatOptions', 'retry', `\`baseDelay\` to \`${asked.baseDelay}\``);
  says('ChatOptions', 'retry', `\`maxDelay\` to \`${asked.maxDelay}\``);
  says('ChatOptions', 'retry', `\`unsafe\` to \`${asked.unsafe}\``);
  says('ChatOptions', 'retry', `\`statuses\` to ${asked.statuses.always.join(', ')} and`);
  says('ChatOptions', 'timeouts', `\`headers\` defaults to \`${waited.headers}\``);
  const { ms, ignore } = waited.event;
  says('ChatOptions', 'timeouts', `\`{ ms: ${ms}, ignore: ['${ignore.join("', '")}'] }\``);
}

/** Defaults of answers, pools and outputs. */
function others(tree, differences, DEFAULTS) {
  const text = tree.text('index.d.ts');
  const equal = (type, member, value) =>
    differences.equal(
      `${type}.${member}`,
      value,
      'lib/',
      defaultIn(members(text, type).get(member) ?? ''),
      'index.d.ts',
    );
  for (const [member, value] of Object.entries(DEFAULTS.limits)) {
    equal('AnswerLimits', member, value);
    const row = `| ${value / 1024 / 1024} MiB | \`limits.${member}\` |`;
    differences.says(`limits.${member}`, tree.text('docs/answers.md'), row, 'docs/answers.md');
  }
  const pool = tree.code('lib/pool/options.js');
  equal('PoolOptions', 'cooldown', numberOf(pool, 'COOLDOWN'));
  for (const [member, value] of Object.entries(literalOf(pool, 'BREAKER'))) {
    equal('BreakerOptions', member, value);
  }
  const outputs = tree.code('lib/server/outputs.js');
  equal('OutputOptions', 'heartbeat', numberOf(outputs, 'HEARTBEAT'));
  equal('ToResponseOptions', 'decideWithin', numberOf(outputs, 'DECIDE_WITHIN'));
  const every = numberOf(tree.code('lib/chat/stream.js'), 'EVERY');
  differences.says('onSnapshot', text, `at the least. Defaults to \`${every}\`.`, 'index.d.ts');
  const tokens = numberOf(tree.code('lib/chat/bodies/anthropic.js'), 'MAX_TOKENS');
  differences.says('maxTokens', text, `who has none, \`${tokens}\``, 'index.d.ts');
}

/** Defaults that stand in the help of the command line and in comments of the core. */
function asides(tree, differences, known, { ANSWER }) {
  const asked = { 'retry.attempts': ANSWER.unsafe.retry.attempts };
  for (const [path, values] of [
    ['lib/cli/flags.js', known],
    ['lib/cli/chat-flags.js', { ...known, ...asked }],
  ]) {
    const flags = tree.code(path).matchAll(/option: '([\w.]+)',\s*help: '[^']*\((\d+)\)'/g);
    for (const [, option, told] of flags) {
      const value = option.startsWith('timeouts.') ? values[option] / 1000 : values[option];
      differences.equal(option, value, 'lib/options', Number(told), `the help in ${path}`);
    }
  }
  const core = tree.text('src/delivery/mailbox.rs');
  const events = known['mailbox.events'].toLocaleString('en-US');
  const mib = known['mailbox.bytes'] / 1024 / 1024;
  differences.says('mailbox.events', core, `Default ${events}:`, 'src/delivery/mailbox.rs');
  differences.says('mailbox.bytes', core, `Default ${mib} MiB.`, 'src/delivery/mailbox.rs');
  const docs = tree.text('docs/architecture.md');
  differences.says('mailbox', docs, `With ${events} records or ${mib} MiB`, 'docs/architecture.md');
}
