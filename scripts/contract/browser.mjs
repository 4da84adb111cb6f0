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
  const exported = [...tree.code('index.js').matchAll(/^ {2}(\w+)[:,]/gm)];
  const [, listed] = tree.code('lib/browser/index.js').split('module.exports = {');
  differences.same(
    exported.map(([, name]) => name),
    'index.js',
    listed.match(/\w+/g),
    'lib/browser/index.js',
  );
}
