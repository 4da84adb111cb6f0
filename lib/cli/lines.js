'use strict';

const { StringDecoder } = require('node:string_decoder');

/** A longer line becomes several: memory must not depend on who writes. Characters. */
const MAX_LINE = 262_144;

/**
 * The lines of a text that comes in pieces, each as soon as it is whole; the last one also without its line break.
 *
 * @param {AsyncIterable<Buffer>} input
 * @returns {AsyncGenerator<string, void>}
 */
async function* splitLines(input) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const bytes of input) {
    const lines = (rest + decoder.write(bytes)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* parts(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (rest.length > MAX_LINE) {
      yield rest.slice(0, MAX_LINE);
      rest = rest.slice(MAX_LINE);
    }
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

/**
 * A line that came whole may be too long as well.
 *
 * @param {string} line
 */
function* parts(line) {
  let rest = line;
  while (rest.length > MAX_LINE) {
    yield rest.slice(0, MAX_LINE);
    rest = rest.slice(MAX_LINE);
  }
  yield rest;
}

module.exports = { splitLines };
