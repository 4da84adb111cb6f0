// The files of the repository, as the checks read them.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './process.mjs';

/** What tools make; never part of the repository. */
const MADE = /^(\.git|node_modules|target)$|\.node$|\.tgz$/;

/** Paths below a folder, with forward slashes, relative to the package. */
export function files(folder = '.') {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !MADE.test(name))
    .flatMap((entry) => {
      const path = relative(root, join(root, folder, entry.name))
        .split(sep)
        .join('/');
      return entry.isDirectory() ? files(path) : [path];
    })
    .sort();
}

/** The text of a file. */
export const read = (path) => readFileSync(join(root, path), 'utf8');

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const STRING = /"(?:[^"\\\n]|\\.)*"/;
/** Not in Rust, where a lone quote marks a lifetime. */
const QUOTED = /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/;

/**
 * A file's code without its comments, lines kept: prose may name what code may not. Strings survive,
 * so that `"http://…"` is not cut at its slashes.
 */
export function code(path) {
  const tokens = path.endsWith('.rs') ? [STRING, COMMENT] : [STRING, QUOTED, COMMENT];
  const token = new RegExp(tokens.map(({ source }) => source).join('|'), 'g');
  return read(path).replace(token, (match) =>
    match.startsWith('/') ? match.replace(/[^\n]/g, '') : match,
  );
}
