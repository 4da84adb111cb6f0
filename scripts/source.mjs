// The files of the repository, as the checks read them.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './process.mjs';

/** What tools make; never part of the repository. */
const MADE = /^(\.git|node_modules|target)$|\.node$|\.tgz$/;

/** Paths below a folder, with forward slashes, relative to the package or another base. */
export function files(folder = '.', base = root) {
  return readdirSync(join(base, folder), { withFileTypes: true })
    .filter(({ name }) => !MADE.test(name))
    .flatMap((entry) => {
      const path = relative(base, join(base, folder, entry.name))
        .split(sep)
        .join('/');
      return entry.isDirectory() ? files(path, base) : [path];
    })
    .sort();
}

/** The text of a file. */
export const read = (path, base = root) => readFileSync(join(base, path), 'utf8');

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const STRING = /"(?:[^"\\\n]|\\.)*"/;
/** In Rust a lone quote marks a lifetime, and a pair of them holds one character. */
const CHARACTER = /'(?:[^'\\\n]|\\(?:u\{\w+\}|x\w\w|.))'/;
const QUOTED = /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/;

/** A file's code without its comments: prose may name what code may not. */
export const code = (path) => withoutComments(path, read(path));

/**
 * The same of a text, lines kept. Strings survive, so that `"http://…"` is not cut at its slashes.
 *
 * @param {string} path tells the language
 * @param {string} text
 */
export const withoutComments = (path, text) =>
  text.replace(tokensOf(path), (match) => (match.startsWith('/') ? blank(match) : match));

/** Without what is in quotes. */
export const withoutStrings = (path, text) =>
  text.replace(tokensOf(path), (match) => (match.startsWith('/') ? match : blank(match)));

function tokensOf(path) {
  const tokens = path.endsWith('.rs') ? [STRING, CHARACTER, COMMENT] : [STRING, QUOTED, COMMENT];
  return new RegExp(tokens.map(({ source }) => source).join('|'), 'g');
}

const blank = (text) => text.replace(/[^\n]/g, ' ');
