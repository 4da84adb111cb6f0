// Codes, classes, phases, kinds and fields of errors.

import { sectionsOfErrors } from '../reference/error-pages.mjs';
import { files } from '../source.mjs';
import { block, fields, strings } from './rust.mjs';
import { literalOf } from './script.mjs';
import { members, union } from './types.mjs';

/** Codes of no stream's failure: those that JavaScript raises, and those of runs, hubs and stores. */
const OF_NO_STREAM = [
  ...['ERR_SSE_ADDON', 'ERR_SSE_CLOSED', 'ERR_SSE_LOCKED', 'ERR_SSE_OPTION', 'ERR_SSE_RESTARTED'],
  ...[
    'ERR_SSE_STOPPED',
    'ERR_SSE_PRODUCER_LOST',
    'ERR_SSE_SOURCE',
    'ERR_SSE_LOG',
    'ERR_SSE_OVERLOAD',
    'ERR_SSE_REVOKED',
    'ERR_SSE_LISTEN',
    'ERR_SSE_STORE',
    'ERR_SSE_UNAUTHORIZED',
    'ERR_SSE_KEYS',
  ],
];

/** What JavaScript adds to a failure that the core tells, or makes of it. */
const ADDED = { here: ['requestId'], madeOf: { causes: 'cause' } };

const CODE = /ERR_SSE_[A-Z_]*[A-Z]/g;
const codesIn = (text) => text.match(CODE) ?? [];

export const name = 'errors';

export function check(tree, differences) {
  const types = tree.code('index.d.ts');
  const core = tree.code('src/error.rs');
  const script = tree.code('lib/core/errors.js') + tree.code('lib/core/error-classes.js');
  const codes = union(types, 'ErrorCode');
  differences.same(codes, 'ErrorCode', codesIn(script), 'lib/core/errors.js');
  differences.same([...codesIn(core), ...OF_NO_STREAM], 'src/error.rs', codes, 'ErrorCode');
  for (const path of [...files('lib'), ...files('src')].filter((path) => /\.(js|rs)$/.test(path))) {
    differences.within(codesIn(tree.code(path)), path, codes, 'ErrorCode');
  }
  differences.same(
    sectionsOfErrors(tree).map(([code]) => code),
    'docs/errors/',
    codes,
    'ErrorCode',
  );
  classes(tree, differences, script);
  const phases = strings(core, /fn name\(self\)/);
  differences.same(phases, 'src/error.rs', union(types, 'ErrorPhase'), 'ErrorPhase');
  const failure = tree.codeOf('src/llm', /enum Class \{/);
  const kinds = strings(block(failure, /impl Class \{/), /fn name\(self\)/);
  differences.same(kinds, 'src/llm', union(types, 'ErrorKind'), 'ErrorKind');
  fieldsOf(tree, differences, script);
}

/** The class of each code, in the comments of the contract and in the table of docs/errors.md. */
function classes(tree, differences, script) {
  const table = [...script.matchAll(/(ERR_SSE_\w+): (SSE\w+),/g)].map((found) => found.slice(1));
  const contract = tree.text('index.d.ts').replace(/\s+\*\s/g, ' ');
  const page = tree.text('docs/errors.md');
  for (const [code, Class] of table) {
    differences.says(code, page, `| \`${code}\` (\`${Class}\`) |`, 'docs/errors.md');
    const [, comment] = new RegExp(`/\\*\\*([^*]*)\\*/\\s*\\| '${code}'`).exec(contract) ?? [];
    differences.says(code, comment ?? '', `\`${Class}\``, 'its comment in index.d.ts');
  }
}

/** What the core tells of a failure, what JavaScript takes of it, and what users see. */
function fieldsOf(tree, differences, script) {
  const report = fields(tree.codeOf('src/stream', /struct Report \{/), /struct Report \{/);
  const [, told] = /@typedef \{object\} NativeFailure([\s\S]*?)\*\//.exec(
    tree.text('lib/core/native-error.js'),
  );
  const taken = [...told.matchAll(/@property \{[^\n]*?\} \[?(\w+)\]?/g)].map(([, field]) => field);
  differences.same([...report, ...ADDED.here], 'Report', taken, 'NativeFailure');
  const shown = literalOf(script.replace(/\/\*\* @type \{const\} \*\/ /, ''), 'SHOWN');
  const seen = taken.map((field) => ADDED.madeOf[field] ?? field);
  differences.same(
    seen,
    'NativeFailure',
    [...shown, 'code', 'message', 'url', 'headers', 'cause'],
    'what errors show',
  );
  const declared = [...members(tree.text('index.d.ts'), 'SSEErrorDetails').keys(), 'message'];
  differences.same(seen, 'NativeFailure', declared, 'SSEErrorDetails');
}
