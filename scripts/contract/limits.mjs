// Bounds, shares and times that stand in more than one place, or in a document.

import { block, constant, number } from './rust.mjs';
import { numberOf } from './script.mjs';

const KIB = 1024;

export const name = 'limits';

/**
 * Numbers of the core, where they stand, and what a document makes of them.
 *
 * @type {[folder: string, constant: string, place: string, sentence: (value: number) => string][]}
 */
const TOLD = [
  ['src/llm', 'MAX_CHOICES', 'src/llm/failure.rs', (most) => `more than ${most} choices`],
  ['src/llm', 'MAX_CHOICES', 'docs/answers.md', (most) => `tool calls of a choice | ${most} each`],
  ['src/llm', 'MAX_TOOL_CALLS', 'src/llm/failure.rs', (most) => `more than ${most} tool calls`],
  ['src/llm', 'MAX_PARTS', 'src/llm/failure.rs', (most) => `more than ${most} parts`],
  ['src/llm', 'MAX_DEPTH', 'src/llm/failure.rs', (most) => `nested more than ${most} deep`],
  ['src/llm', 'MAX_DEPTH', 'docs/answers.md', (most) => `nesting of arguments | ${most} |`],
  ['src', 'TOLD_OF', 'index.d.ts', (most) => `\`'skip'\` at most ${most} times an answer`],
  ['src', 'TOLD_OF', 'docs/errors/answers.md', (most) => `(at most ${most} times)`],
  ['src/stream', 'FAILURES', 'index.d.ts', (most) => `The last failures, at most ${most}`],
  ['src/stream/tail.rs', 'MAX', 'index.d.ts', (size) => inKib('At most the last', size)],
  ['src/stream', 'EXCERPT', 'index.d.ts', (size) => inKib('At most the first', size)],
  ['src/protocol', 'MAX_COMMENT', 'index.d.ts', (size) => `first ${size / KIB} KiB`],
  ['src/transport', 'STREAMS', 'index.d.ts', (most) => `at most ${most} streams a connection`],
  ['src/transport', 'CONFIGS', 'docs/architecture.md', (most) => `at most ${most}, the least`],
  [
    'src/transport/http1/head.rs',
    'SIZE',
    'docs/architecture.md',
    (size) => {
      return `heads are bounded at ${size / KIB} KiB`;
    },
  ],
  [
    'src/transport/http1',
    'OVERHEAD',
    'docs/architecture.md',
    (size) => {
      return `trailers at ${size / KIB} KiB`;
    },
  ],
  ['src/node/runtime.rs', 'THREADS', 'docs/streams.md', (count) => `1 to 64; default ${count}`],
];

const inKib = (words, size) => `${words} ${size === KIB ? '' : `${size / KIB} `}KiB`;

/** Numbers that JavaScript has as well: folder and name in the core, file and name there. */
const TWICE = [
  ['src/protocol', 'MAX_COMMENT', 'lib/browser/parser-core.js', 'MAX_COMMENT'],
  ['src/node', 'LONGEST_STRING', 'lib/stream/decoder-classes.js', 'LONGEST_STRING'],
  ['src/pool', 'PLACES', 'lib/pool/options.js', 'PLACES'],
];

export function check(tree, differences) {
  for (const [folder, word, place, sentence] of TOLD) {
    differences.says(word, tree.text(place), sentence(numberIn(tree, folder, word)), place);
  }
  for (const [folder, word, path, other] of TWICE) {
    const script = numberOf(tree.code(path), other);
    differences.equal(word, numberIn(tree, folder, word), folder, script, path);
  }
  const [, threads] = /\.clamp\(1, (\d+)\)/.exec(tree.code('src/node/runtime.rs'));
  differences.says(
    'the threads',
    tree.text('docs/streams.md'),
    `1 to ${threads};`,
    'docs/streams.md',
  );
  const view = /f64::from\(endpoint\.canary\) \/ ([\d_.]+)/.exec(
    tree.codeOf('src/pool', /struct EndpointView \{/),
  );
  const places = numberOf(tree.code('lib/pool/options.js'), 'PLACES');
  differences.equal('PLACES', number(view[1]), 'EndpointView', places, 'lib/pool/options.js');
  redirects(tree, differences);
  patience(tree, differences);
  usual(tree, differences);
}

function numberIn(tree, folder, word) {
  const isFile = folder.endsWith('.rs');
  const pattern = new RegExp(`\\bconst ${word}: \\w+ =`);
  return constant(isFile ? tree.code(folder) : tree.codeOf(folder, pattern), word);
}

/** The most that `maxRedirects` may be. */
function redirects(tree, differences) {
  const settings = tree.code('lib/options/settings.js');
  const [, most] = /most: (\d+)/.exec(block(settings, /function redirects\(/));
  differences.says('maxRedirects', tree.text('index.d.ts'), `follow, 0 to ${most}.`, 'index.d.ts');
}

/** How long a `Retry-After` is obeyed. */
function patience(tree, differences) {
  const { RETRY_AFTER } = tree.module('lib/options/defaults.js');
  const [hours, seconds] = [RETRY_AFTER.safe / 3_600_000, RETRY_AFTER.unsafe / 1000];
  const row = /\| `Retry-After` \|[^\n]*/.exec(tree.text('docs/streams.md'))[0];
  const says = (wanted, text, place) => differences.says('RETRY_AFTER', text, wanted, place);
  says(`at most ${hours} h |`, row, 'its row in docs/streams.md');
  says(`over ${seconds} s an error`, row, 'its row in docs/streams.md');
  const page = 'docs/errors/streams.md';
  says(`it is over ${seconds} s, with`, tree.text(page), page);
  if (hours !== 1) differences.note(`RETRY_AFTER: ${page} says "an hour"`);
}

/** Numbers of the core that are as large as a default of JavaScript, or told in words. */
function usual(tree, differences) {
  const { limits } = tree.module('lib/options/defaults.js').DEFAULTS;
  const room = numberIn(tree, 'src/llm', 'ROOM');
  differences.equal('ROOM', room, 'src/llm', limits.arguments, 'limits.arguments');
  const rest = numberIn(tree, 'src/pool', 'COOLDOWN_MAX');
  const words = rest === 60_000 ? 'up to a minute' : `up to ${rest / 1000} s`;
  differences.says('COOLDOWN_MAX', tree.text('index.d.ts'), `row, ${words}.`, 'index.d.ts');
}
