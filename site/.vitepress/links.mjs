// Links of the Markdown in the repository, as the site needs them.

import { addressIn, home, targetOf } from '../../scripts/links.mjs';
import { addressOf, exists, isPage, ROOT } from './pages.mjs';

/**
 * What stands for a link on the site. Nothing for one that leaves it where nobody knows the address of the repository.
 *
 * @param {string} page the file that has the link
 * @param {string} href
 * @param {string | undefined} repository its address
 */
export function linkOf(page, href, repository) {
  const target = targetOf(page, href);
  if (target === undefined) return href;
  const { path, anchor } = target;
  if (isPage(path)) return addressOf(path) + (anchor === undefined ? '' : `#${anchor}`);
  if (!exists(path)) throw new Error(`${page} links to ${href}, which is not there`);
  return repository && addressIn(repository, target);
}

/** A plugin of markdown-it. */
export function links(markdown) {
  const repository = home();
  markdown.core.ruler.push('links', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let plain = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const link = linkOf(pageOf(env), token.attrGet('href'), repository);
          plain = link === undefined;
          if (!plain) token.attrSet('href', link);
        }
        if (!plain || !token.type.startsWith('link_')) continue;
        if (token.type === 'link_open') token.attrs = null;
        token.tag = 'span';
        if (token.type === 'link_close') plain = false;
      }
    }
  });
}

/** The file that is rendered, whatever it is called on the site. */
const pageOf = ({ path, realPath = path }) => realPath.slice(ROOT.length);
