// The sentences in the source: what the core and lib/ can say, also where no test can make them say it.

import { files, read } from './source.mjs';

/** A word of a sentence, as opposed to a name or a piece of a protocol. */
const WORD = /(?:^|[\s("'`])[a-z]+(?=$|[\s,.;:?)"'`])/gi;

/** Fewer words than these are no sentence. */
const FEWEST = 2;

const ESCAPES = { n: '\n', r: '\r', t: '\t', 0: '\0' };

/** What a literal stands for; a value that is put in is `{}`. */
function meaning(literal) {
  return literal
    .replace(/\\\r?\n\s*/g, '')
    .replace(/\\(.)/g, (_, escaped) => ESCAPES[escaped] ?? escaped);
}

/** In Rust a lone quote marks a lifetime, and a character is no sentence. */
const RUST =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|b?r(#*)"([\s\S]*?)"\1|b?'(?:[^'\\\n]|\\.[^']*)'|(?<plain>"(?:[^"\\]|\\[\s\S])*")/g;

/** What comes before a literal that only a programmer, or a tool, gets to see. */
const INTERNAL =
  /(?:\b(?:expect|panic!|unreachable!|todo!|assert!|assert_eq!|assert_ne!|debug_assert!|debug_assert_eq!)\s*\([^;]*|(?:reason|must_use|doc)\s*=\s*)$/;

/** The literals of a Rust file, without those of its tests. */
export function rustSentences(source) {
  const text = source.replace(/^#\[cfg\(test\)\]\s*mod \w+ \{[\s\S]*/m, '');
  const found = [];
  for (const match of text.matchAll(RUST)) {
    const { plain } = match.groups;
    if (!plain || INTERNAL.test(text.slice(Math.max(0, match.index - 120), match.index))) continue;
    found.push(meaning(plain.slice(1, -1)).replace(/\{[^{}]*\}/g, '{}'));
  }
  return found.filter(isSentence);
}

/** The literals of a JavaScript file; those that are joined by `+` are one. */
export function scriptSentences(source) {
  const found = [];
  let joined = '';
  let open = false;
  const scan = new Scanner(source);
  for (let token = scan.next(); token; token = scan.next()) {
    if (token.literal !== undefined) {
      joined = open ? joined + token.literal : token.literal;
      if (!open) found.push('');
      found[found.length - 1] = joined;
      open = false;
    } else open = token.joins && found.length > 0;
  }
  return found.filter(isSentence);
}

const isSentence = (text) =>
  text !== 'use strict' && !text.includes('\n') && (text.match(WORD) ?? []).length >= FEWEST;

/** Walks through JavaScript, literal by literal. */
class Scanner {
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  /** The next literal, or what stands between it and the one before. */
  next() {
    const text = this.#text;
    const start = this.#at;
    while (this.#at < text.length) {
      const rest = text.slice(this.#at, this.#at + 2);
      if (rest === '//' || rest === '/*') this.#skip(rest === '//' ? '\n' : '*/');
      else if (rest[0] === '/' && isRegExp(text.slice(0, this.#at))) this.#regExp();
      else if (/['"`]/.test(rest[0])) {
        if (this.#at > start) return { joins: /^\s*\+\s*$/.test(text.slice(start, this.#at)) };
        return { literal: rest[0] === '`' ? this.#template() : this.#quoted(rest[0]) };
      } else this.#at += 1;
    }
    return undefined;
  }

  #skip(end) {
    const found = this.#text.indexOf(end, this.#at + 2);
    this.#at = found === -1 ? this.#text.length : found + end.length;
  }

  #regExp() {
    const [matched] = /^\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//.exec(
      this.#text.slice(this.#at),
    ) ?? ['/'];
    this.#at += matched.length;
  }

  #quoted(quote) {
    const [matched] = new RegExp(`^${quote}(?:[^${quote}\\\\]|\\\\[^])*${quote}`).exec(
      this.#text.slice(this.#at),
    );
    this.#at += matched.length;
    return meaning(matched.slice(1, -1));
  }

  #template() {
    let said = '';
    this.#at += 1;
    for (; this.#text[this.#at] !== '`'; this.#at += 1) {
      const rest = this.#text.slice(this.#at, this.#at + 2);
      if (rest === '${') {
        said += '{}';
        this.#value();
      } else {
        said += rest[0] === '\\' ? meaning(rest) : rest[0];
        if (rest[0] === '\\') this.#at += 1;
      }
    }
    this.#at += 1;
    return said;
  }

  /** Steps over `${…}`, which may hold templates of its own, to its last brace. */
  #value() {
    this.#at += 2;
    for (let depth = 1; depth > 0; ) {
      const letter = this.#text[this.#at];
      if (letter === '`') this.#template();
      else if (letter === "'" || letter === '"') this.#quoted(letter);
      else {
        depth += letter === '{' ? 1 : letter === '}' ? -1 : 0;
        if (depth > 0) this.#at += 1;
      }
    }
  }
}

/** Whether a slash begins a regular expression there, and divides nothing. */
const isRegExp = (before) => /(?:^|[(,=:[!&|?{};]|\breturn|=>)\s*$/.test(before.slice(-40));

/** Every sentence of a folder, each once, in order of the alphabet. */
function sentencesBelow(folder, ending, extract) {
  const paths = files(folder).filter((path) => path.endsWith(ending));
  return [...new Set(paths.flatMap((path) => extract(read(path))))].sort();
}

const HEAD = `# Every sentence in the source: in src/ and in lib/, a value that is put in as {}.
# Written by \`npm run snapshot\`; \`__test__/error-snapshot.test.js\` compares it.
`;

/** The sentences of the tree as the snapshot has them. */
export function sentences() {
  const core = sentencesBelow('src', '.rs', rustSentences);
  const lib = sentencesBelow('lib', '.js', scriptSentences);
  return [HEAD, '## src', ...core, '', '## lib', ...lib, ''].join('\n');
}
