// What the client for browsers repeats, because it cannot ask the core.

import { strings } from './rust.mjs';
import { numberOf } from './script.mjs';
import { defaultIn, members } from './types.mjs';

export const name = 'browser';

export function check(tree, differences) {
  const encoder = tree.code('lib/browser/encode-event.js');
  const core = tree.codeOf('src/protocol', /must not contain CR, LF or NUL/);
  const sentence = strings(core).find((text) => text.includes('must not contain CR, LF or NUL'));
  const said = sentence.replace(/^\{[^}]*\} /, '');
  differences.says('the sentence of encodeEvent', encoder, said, 'lib/browser/encode-event.js');
  const decoder = tree.code('lib/stream/decoder-classes.js');
  const tooLarge = /`(an event is larger than [^`]*)`/.exec(decoder)?.[1] ?? '';
  const engine = strings(tree.codeOf('src/stream', /an event is larger than/)).find((text) =>
    text.startsWith('an event is larger than'),
  );
  differences.equal(
    'the sentence of a large event',
    engine.replace(/\{\}/, '…'),
    'src/stream',
    tooLarge.replace(/\$\{[^}]*\}/, '…'),
    'decoder-classes.js',
  );
  const size = numberOf(decoder, 'MAX_EVENT_SIZE');
  const { maxEventSize } = tree.module('lib/options/settings.js').SETTINGS;
  differences.equal('maxEventSize', size, 'decoder-classes.js', maxEventSize.usual, 'settings.js');
  const comment = members(tree.text('index.d.ts'), 'DecoderStreamOptions').get('maxEventSize');
  differences.equal('maxEventSize', size, 'decoder-classes.js', defaultIn(comment), 'index.d.ts');
  usual(tree, differences);
  const exported = [...tree.code('index.js').matchAll(/^ {2}(\w+)[:,]/gm)];
  const [, listed] = tree.code('lib/browser/index.js').split('module.exports = {');
  differences.same(
    exported.map(([, name]) => name),
    'index.js',
    listed.match(/\w+/g),
    'lib/browser/index.js',
  );
}

/** What `connect` does unless it is told otherwise is the same with and without the core, but for one floor. */
function usual(tree, differences) {
  const { normalize } = tree.module('lib/browser/options.js');
  const { DEFAULTS, RETRY_AFTER, SUBSCRIPTION } = tree.module('lib/options/defaults.js');
  for (const [kind, method, cap] of [
    ['safe', 'GET', RETRY_AFTER.safe],
    ['unsafe', 'POST', RETRY_AFTER.unsafe],
  ]) {
    const { retry, timeouts } = SUBSCRIPTION[kind];
    const core = { ...DEFAULTS.retry, ...retry };
    const waits = { ...DEFAULTS.timeouts, ...timeouts };
    const own = normalize('http://localhost/', { method });
    const { attempts, elapsed, resetAfter, recoverAfter, statuses, backoff } = own.policy;
    const unsafe = normalize('http://localhost/', { method, retry: { unsafe: true } });
    for (const [what, one, other] of [
      ['attempts', attempts, core.attempts],
      ['elapsed', elapsed, core.elapsed],
      ['resetAfter', resetAfter, core.resetAfter],
      ['recoverAfter', recoverAfter, core.recoverAfter],
      ['statuses', statuses, core.statuses.always],
      [
        'statuses with unsafe',
        unsafe.policy.statuses,
        [...core.statuses.always, ...core.statuses.unsafe],
      ],
      ['retryAfterCap', own.policy.retryAfterCap, cap],
      ['baseDelay', backoff.base, core.baseDelay],
      ['factor', backoff.factor, core.factor],
      ['maxDelay', backoff.max, core.maxDelay],
      ['jitter', backoff.jitter.kind, core.jitter],
      ['retryRange.max', own.retryMax, DEFAULTS.retryRange.max],
      ['timeouts.headers', own.timeouts.headers, waits.headers],
      ['timeouts.idle', own.timeouts.idle, waits.idle],
      ['timeouts.total', own.timeouts.total, waits.total],
    ]) {
      differences.equal(
        `${what} of ${method}`,
        one,
        'lib/browser/options.js',
        other,
        'defaults.js',
      );
    }
  }
}
