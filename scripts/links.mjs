// Links of the Markdown in the repository, for where only a part of it is: the package, and the site.

import { posix } from 'node:path';

/** Where the repository is shown, as far as the workflow that publishes knows. */
export function home() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  return server && repository ? `${server}/${repository}` : undefined;
}

/** A link of a page as the path of a file of the repository, and where on it; nothing for other links. */
export function targetOf(page, href) {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return undefined;
  const [file, anchor] = href.split('#');
  const path = posix.join(posix.dirname(page), file).replace(/\/$/, '');
  return { path, anchor };
}

/** The address of a file in the repository. */
export const addressIn = (repository, { path, anchor }, view = 'blob') =>
  `${repository}/${view}/HEAD/${path}${anchor === undefined ? '' : `#${anchor}`}`;

const FENCE = /(^ *```[\s\S]*?^ *```$)/m;
const LINK = /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g;

/**
 * A page of which links that leave what is shipped lead to the repository. Where nobody knows its address, their text
 * stays.
 *
 * @param {string} page its path
 * @param {string} text
 * @param {(path: string) => boolean} isShipped
 * @param {string | undefined} repository its address
 */
export function shipped(page, text, isShipped, repository) {
  const change = (whole, image, words, href) => {
    const target = targetOf(page, href);
    if (target === undefined || isShipped(target.path)) return whole;
    if (repository === undefined) return words;
    return `${image}[${words}](${addressIn(repository, target, image ? 'raw' : 'blob')})`;
  };
  const pieces = text.split(FENCE);
  return pieces.map((piece, at) => (at % 2 === 1 ? piece : piece.replace(LINK, change))).join('');
}
