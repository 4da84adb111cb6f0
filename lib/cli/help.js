'use strict';

const { FLAGS } = require('./flags.js');

const EXAMPLES = `perennial-sse: curl for Server-Sent Events. It reconnects and resumes by itself.

Usage: perennial-sse [options] <url>

Examples:
  Watch a stream; lost connections are mended, Ctrl-C ends it
    perennial-sse https://example.com/events
  The first three "price" events, a JSON object a line
    perennial-sse --event price --max-events 3 -o ndjson https://example.com/events
  Post a question to a language model and print its answer as it comes
    perennial-sse https://api.example.com/v1/chat/completions \\
      -H "authorization: Bearer $TOKEN" --json-body @question.json \\
      --terminal '[DONE]' --json 'choices[0].delta.content' --join
  Go on after event 42, for a minute at most
    perennial-sse --last-event-id 42 --timeout 60 https://example.com/events
  Ask a language model in words
    perennial-sse chat --help
  Serve the lines of a log as events, and a page that shows them
    tail -f app.log | perennial-sse serve
  Build the native addon where no package has one for this platform
    perennial-sse build
`;

const NOTES = `Retries: an address that cannot be reached at the start ends the program, unless
--retries is given. Later failures are retried: a GET without limit, other methods
twice and only before their first event.

Exit codes:
  0  the stream ended, its terminal event or --max-events came, or the pipe closed
  1  anything else, such as a full disk
  2  wrong usage
  3  no connection: refused, host not found, TLS
  4  the answer is no stream: status, content type, redirect
  5  a timeout
  6  the stream broke off: truncated, reset, or retries used up
  130, 143  interrupted by Ctrl-C (SIGINT), by SIGTERM
`;

const INDENT = '  ';

/** @param {[string, import('./flags.js').Flag]} flag */
function syntax([name, { short, value }]) {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

/**
 * @param {string} examples
 * @param {typeof FLAGS} allFlags
 * @param {string} notes
 */
function page(examples, allFlags, notes) {
  const groups = Object.entries(allFlags).map(([title, flags]) => ({
    title,
    lines: Object.entries(flags).map((flag) => ({ left: syntax(flag), right: flag[1].help })),
  }));
  const lefts = groups.flatMap(({ lines }) => lines.map(({ left }) => left.length));
  const width = Math.max(...lefts) + INDENT.length;
  const sections = groups.map(({ title, lines }) => {
    const rows = lines.map(({ left, right }) => `${INDENT}${left.padEnd(width)}${right}\n`);
    return `${title}:\n${rows.join('')}`;
  });
  return [examples, ...sections, notes].join('\n');
}

/** The whole help. */
const help = () => page(EXAMPLES, FLAGS, NOTES);

module.exports = { help, page };
