// `node scripts/translations.mjs`: names the translated pages whose English source has changed, by the section, and
// fails if there are any. `node scripts/translations.mjs --stamp PAGE…` says that these are up to date again.
//
// A translation ends with a comment that has its source and a hash of each section as it was translated; `--stamp`
// writes that of today. A section counts without its samples, which tests compare.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, say } from './process.mjs';
import { files, read } from './source.mjs';

/** Folders of docs/ that have a language. */
export const LANGUAGES = ['ja', 'zh', 'ko', 'fr'];

const STAMPING = 'node scripts/translations.mjs --stamp';

const STAMP = /\n<!-- translated from (\S+): ([0-9a-f ]+) -->\n$/;

/** The English page that a path of a language is made from. */
export const sourceOf = (path) => {
  const name = path.split('/').at(-1);
  return name === 'README.md' ? name : `docs/${name}`;
};

/** The translated pages. */
export const translations = () =>
  LANGUAGES.flatMap((language) => files(`docs/${language}`)).filter((path) => path.endsWith('.md'));

/** The sections of a page: heading, and a hash of what it says. */
export function sectionsOf(text) {
  const prose = text.replace(/^```\w*\n[\s\S]*?^```$/gm, '```');
  return prose.split(/^(?=## )/m).map((section) => ({
    heading: /^#+ (.*)$/m.exec(section)?.[1] ?? '',
    hash: createHash('sha256').update(section.replace(/\s+/g, ' ')).digest('hex').slice(0, 8),
  }));
}

/** What has changed since a page was translated, as sentences. */
export function changesOf(path, text, source) {
  const [, , known] = STAMP.exec(text) ?? [];
  if (known === undefined) return [`${path} has no stamp: run "${STAMPING} ${path}"`];
  const hashes = new Set(known.split(' '));
  return sectionsOf(source)
    .filter(({ hash }) => !hashes.has(hash))
    .map(({ heading }) => `${path}: "${heading}" of ${sourceOf(path)} has changed since`);
}

/** What there is to do about changes, as one sentence. */
export function remedyOf(changes) {
  const pages = [...new Set(changes.map((change) => change.split(/[: ]/)[0]))];
  return `translate what has changed, then run "${STAMPING} ${pages.join(' ')}"`;
}

function stamp(path) {
  const text = read(path).replace(STAMP, '\n');
  const hashes = sectionsOf(read(sourceOf(path))).map(({ hash }) => hash);
  writeFileSync(
    join(root, path),
    `${text.trimEnd()}\n\n<!-- translated from ${sourceOf(path)}: ${hashes.join(' ')} -->\n`,
  );
}

if (process.argv[1]?.endsWith('translations.mjs')) {
  const [option, ...pages] = process.argv.slice(2);
  const strange = pages.filter((page) => !translations().includes(page));
  if (![undefined, '--stamp'].includes(option) || (option && pages.length === 0))
    fail('there is "--stamp PAGE…" alone, with the pages that are up to date');
  if (strange.length > 0) fail(`no translation: ${strange.join(', ')}`);
  for (const page of pages) stamp(page);
  const changes = translations().flatMap((path) =>
    changesOf(path, read(path), read(sourceOf(path))),
  );
  for (const change of changes) console.error(`translations: ${change}`);
  if (changes.length > 0) fail(remedyOf(changes));
  say('all translations are up to date');
}
