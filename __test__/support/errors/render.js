'use strict';

const assert = require('node:assert/strict');
const { inspect } = require('node:util');

/** What differs from one run to the next. */
const PASSING = [
  [/(127\.0\.0\.1|localhost):\d+/g, '$1:PORT'],
  [/ date: '[^']*'/g, " date: 'DATE'"],
  // Which options there are is another test's.
  [/; there are [^:]*$/gm, '; there are OPTIONS'],
  // A key rests for 500 s, less what has passed.
  [/\b49\d{4}\b/g, 'REST'],
];

/** Written on the line of the sentence. */
const HEAD = new Set(['name', 'code', 'message', 'stack']);

const steady = (text) =>
  PASSING.reduce((steadied, [pattern, word]) => steadied.replace(pattern, word), text);

/** What others said, a library or the caller, has no words of ours. */
const causeOf = ({ name, code, message }) =>
  String(code).startsWith('ERR_SSE_') ? `${name} ${code}: ${message}` : name;

/** How far an answer had come. */
const partialOf = ({ content, attempts }) =>
  `${content.length} letters after ${attempts.map(({ error }) => error ?? 'no error').join(', ')}`;

/**
 * An error as the snapshot has it: class, code and sentence, then every further field by name.
 *
 * @param {any} error
 */
function render(error) {
  assert.match(String(error?.code), /^ERR_SSE_/, `no error of this package: ${inspect(error)}`);
  const fields = {};
  for (const name of Object.getOwnPropertyNames(error)) {
    if (!HEAD.has(name) && error[name] !== undefined) fields[name] = error[name];
  }
  if (fields.cause) fields.cause = causeOf(fields.cause);
  if (fields.partial) fields.partial = partialOf(fields.partial);
  if (fields.headers) fields.headers = { ...fields.headers };
  const options = { depth: 9, breakLength: Number.POSITIVE_INFINITY, sorted: true };
  const told = Object.keys(fields).length > 0 ? `\n  ${inspect(fields, options)}` : '';
  return steady(`  ${error.name} ${error.code}: ${error.message}${told}`);
}

module.exports = { render };
