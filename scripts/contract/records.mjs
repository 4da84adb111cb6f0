// How records are packed: kinds, flags, places of bits; and what JavaScript asks for, in which form.

import { block, constant, variants } from './rust.mjs';
import { literalOf, numberOf } from './script.mjs';

/** How JavaScript calls the kinds that it handles one by one. */
const HANDLED = ['event', 'comment', 'id', 'bytes', 'notice', 'delta'];

/** Flags and places of bits with the same name on both sides. */
const SAME = ['HAS_NAME', 'HAS_ID', 'HAS_RETRY', 'CHOICE', 'INDEX', 'SEVEN_BITS'];

export const name = 'records';

export function check(tree, differences) {
  const core = tree.codeOf('src', /pub enum Kind \{\s*Event = 0/);
  const script = tree.code('lib/core/batch.js');
  const kinds = variants(core, /pub enum Kind \{/);
  for (const kind of HANDLED) {
    const [word, known] = [kind.toUpperCase(), kinds.get(kind)?.number];
    differences.equal(word, known, 'the kinds of records', numberOf(script, word), 'batch.js');
  }
  pieces(tree, differences, kinds);
  bits(tree, differences, core, script);
  documented(tree, differences, kinds, script);
  demands(tree, differences);
}

/** The kinds between those are pieces of an answer. */
function pieces(tree, differences, kinds) {
  const delta = tree.code('lib/chat/delta.js').replace(/\/\*\* @type \{const\} \*\/ /, '');
  const types = { ...literalOf(delta, 'TYPES'), [numberOf(delta, 'ARGUMENTS')]: 'arguments' };
  const pieced = [...kinds].filter(([kind]) => !HANDLED.includes(kind));
  differences.equal(
    'the kinds of pieces',
    Object.fromEntries(pieced.map(([kind, { number }]) => [number, kind])),
    'the kinds of records',
    types,
    'lib/chat/delta.js',
  );
}

function bits(tree, differences, core, script) {
  const compare = (word, one, other = numberOf(script, word)) =>
    differences.equal(word, one, 'src/record', other, 'batch.js');
  for (const word of SAME) compare(word, constant(core, word));
  compare('IS_SHORT', constant(core, 'SHORT'));
  compare('KIND', constant(core, 'EIGHT_BITS'));
  // JavaScript cuts them out shifted by one, as length words are.
  compare('DATA_LENGTH', constant(core, 'DATA') - 1);
  compare('ID_LENGTH', constant(core, 'ID') - 1);
  compare('DATA_BITS', constant(core, 'TEN_BITS') << 1);
  compare('ID_BITS', constant(core, 'EIGHT_BITS') << 1);
  compare('MORE', constant(tree.code('src/node/batch.rs'), 'MORE'));
}

/** What docs/architecture.md says of a batch. */
function documented(tree, differences, kinds, script) {
  const docs = tree.text('docs/architecture.md');
  const says = (wanted) => differences.says('a batch', docs, wanted, 'docs/architecture.md');
  says(`bits 0–7 kind: ${[...kinds.keys()].join(', ')} ·`);
  const bit = (word) => Math.log2(numberOf(script, word));
  says(`· ${bit('HAS_NAME')} name · ${bit('HAS_ID')} id · ${bit('HAS_RETRY')} retry`);
  const [data, id] = [numberOf(script, 'DATA_LENGTH') + 1, numberOf(script, 'ID_LENGTH') + 1];
  says(`· ${data}–${id - 1} characters of data · ${id}–${id + 7} of id`);
  const [choice, index] = [numberOf(script, 'CHOICE'), numberOf(script, 'INDEX')];
  says(`${choice}–${index - 1} choice · ${index}–${index + 6} tool call`);
  says(`bit ${bit('MORE')} set if more waits`);
  says(`at most ${numberOf(script, 'TEXT_BYTES') / 1024} KiB of text`);
}

/** What a stream is asked for, and in which form an answer comes, as numbers. */
function demands(tree, differences) {
  const thawed = (word) =>
    tree.codeOf('lib', new RegExp(`const ${word} =`)).replace(/Object\.freeze\((\{.*?\})\)/g, '$1');
  const ask = block(tree.codeOf('src/node', /=> Demand::/), /fn of_number\(/);
  const asked = [...ask.matchAll(/(\d+|_) => Demand::(\w+)/g)];
  const numbers = asked.map(([, at, demand]) => [
    demand.toLowerCase(),
    at === '_' ? asked.length - 1 : Number(at),
  ]);
  const demand = literalOf(thawed('DEMAND'), 'DEMAND');
  differences.equal('DEMAND', Object.fromEntries(numbers), 'src/node', demand, 'lib/');
  const handed = tree.codeOf('src/node', /\.set_form\(/);
  const [, records, bytes] = /set_form\(form & (\d+) != 0, form & (\d+) != 0\)/.exec(handed) ?? [];
  const form = literalOf(thawed('FORM'), 'FORM');
  const read = { none: 0, records: Number(records), bytes: Number(bytes) };
  differences.equal('FORM', read, 'src/node', form, 'lib/');
}
