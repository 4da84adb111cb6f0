// The documentation as a site: `npm run docs`. The Markdown stays where it is.

import { fileURLToPath } from 'node:url';
import { slugOf } from '../../scripts/slug.mjs';
import { LABELS, MISSING } from './labels.mjs';
import { links } from './links.mjs';
import { NO_PAGES, ROOT, rewrite, sidebar, sidebarOf } from './pages.mjs';

const english = sidebar();

/** Words of languages that write no spaces between them. It runs in the browser, where nothing else of this file is. */
const tokenize = (text) =>
  text
    .split(/[\n\r\p{Z}\p{P}]+/u)
    .flatMap((part) =>
      /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u.test(part)
        ? Array.from(
            new Intl.Segmenter(undefined, { granularity: 'word' }).segment(part),
            ({ segment }) => segment,
          )
        : [part],
    );

const locales = Object.fromEntries(
  Object.entries(LABELS).map(([language, { label, lang, theme }]) => [
    language,
    {
      label,
      lang,
      link: `/${language}/`,
      themeConfig: { ...theme, sidebar: sidebarOf(language, english) },
    },
  ]),
);

const searches = Object.fromEntries(
  Object.entries(LABELS).map(([language, { search }]) => [language, { translations: search }]),
);

/** Pages lie outside of this folder, and what they become imports what is installed in it. */
const dependencies = {
  name: 'dependencies',
  enforce: 'pre',
  resolveId(id) {
    if (!/^vue(?:\/|$)/.test(id)) return null;
    return this.resolve(id, fileURLToPath(import.meta.url), { skipSelf: true });
  },
};

export default {
  title: 'Perennial',
  description: 'Server-Sent Events that never run dry: a Rust core for Node.js',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: ROOT,
  srcExclude: NO_PAGES,
  outDir: `${ROOT}target/docs`,
  cacheDir: `${ROOT}target/docs-cache`,
  rewrites: rewrite,
  cleanUrls: true,
  markdown: {
    languageAlias: { haproxy: 'nginx', caddyfile: 'nginx' },
    anchor: { slugify: slugOf },
    config: (markdown) => links(markdown),
  },
  vite: { plugins: [dependencies] },
  locales: { root: { label: 'English', lang: 'en' }, ...locales },
  themeConfig: {
    // Few pages are in every language: a switch leads to the first one of that language.
    i18nRouting: false,
    outline: [2, 3],
    sidebar: english,
    notFound: MISSING,
    search: {
      provider: 'local',
      options: { locales: searches, miniSearch: { options: { tokenize } } },
    },
  },
};
