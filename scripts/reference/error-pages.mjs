// On which page of docs/errors/ each code has its section.

/** The pages, by what fails. */
export const ERROR_PAGES = ['streams', 'answers', 'server'].map((name) => `docs/errors/${name}.md`);

const SECTION = /^## `(ERR_SSE_\w+)`/gm;

/** The codes that have a section, each with its page. */
export const sectionsOfErrors = (tree) =>
  ERROR_PAGES.flatMap((page) =>
    [...tree.text(page).matchAll(SECTION)].map(([, code]) => [code, page]),
  );

/** Where the section of a code is, as a link of docs/reference/ says it. */
export function linkToError(tree, code) {
  const [, page] = sectionsOfErrors(tree).find(([known]) => known === code) ?? [];
  if (page === undefined) throw new Error(`${code} has no section in docs/errors/`);
  return `${page.replace('docs/', '../')}#${code.toLowerCase()}`;
}
