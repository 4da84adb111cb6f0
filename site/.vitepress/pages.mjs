// The pages of the site: which there are, where each is, and what stands beside them.

import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { targetOf } from '../../scripts/links.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that have Markdown which is no page. */
export const NO_PAGES = [
  '{__test__,bench,examples,findings,fuzz,lib,node_modules,site,src,target,tests}/**',
  '**/node_modules/**',
];

/** Whether a file of the repository is a page of the site. */
export const isPage = (path) => /^(?:docs\/.+|[A-Z]+)\.md$/.test(path) && exists(path);

const INDEX = 'README.md';
const LINK = /\[([^\]]+)\]\(([^)\s#]+\.md)(#[^)]+)?\)/g;

/** Where a file of the repository is on the site. */
export const rewrite = (path) => path.replace(/^docs\//, '').replace(/README\.md$/, 'index.md');

/** Its address, such as `/streams` or `/ja/`. */
export const addressOf = (path) => `/${rewrite(path)}`.replace(/(index)?\.md$/, '');

const read = (page) => readFileSync(join(ROOT, page), 'utf8');
const titleOf = (page) => /^# (.+)$/m.exec(read(page))[1];

/** The links to other pages in a text of a page, each once. */
function linksIn(page, text) {
  const links = [...text.matchAll(LINK)].flatMap(([, name, link, anchor]) => {
    const one = targetOf(page, link)?.path;
    // The words of a link to a part of a page are not the name of the page.
    return one === undefined ? [] : [{ text: anchor ? titleOf(one) : name, page: one }];
  });
  const first = (page) => links.find((one) => one.page === page);
  return links.filter((one) => one === first(one.page));
}

/** An entry of the list at the side; an index, and a page with a folder of its name, has the pages of the folder below it. */
function entry({ text, page }) {
  const link = addressOf(page);
  const folder = page.endsWith(`/${INDEX}`) ? posix.dirname(page) : page.replace(/\.md$/, '');
  const inside = linksIn(page, read(page)).filter((one) => posix.dirname(one.page) === folder);
  if (inside.length === 0) return { text, link };
  return { text, link, collapsed: true, items: inside.map(entry) };
}

/** What the section "Documentation" of the README lists, in its order. */
export function sidebar() {
  const [, section] = read(INDEX).split('\n## Documentation\n');
  const items = section.split(/^- /m).slice(1);
  return items.map((item) => ({
    text: /^\*\*(.+?)\*\*/.exec(item)?.[1] ?? 'Project',
    collapsed: false,
    items: linksIn(INDEX, item).map(entry),
  }));
}

/** Every address in a list at the side. */
const addresses = (groups) => groups.flatMap(({ link, items = [] }) => [link, ...addresses(items)]);

/** Pages in a language, by the order of the English ones, and below them those that are in English only. */
export function sidebarOf(language, english) {
  const folder = `docs/${language}`;
  const names = addresses(english).map((link) => `${folder}${link}.md`);
  const own = [`${folder}/README.md`, ...names.filter(exists)];
  const items = own.map((page) => ({ text: titleOf(page), link: addressOf(page) }));
  return [{ items }, ...english.map((group) => ({ ...group, collapsed: true }))];
}

export const exists = (path) => existsSync(join(ROOT, path));
