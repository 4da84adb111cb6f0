// The anchor of a heading, as repositories show Markdown and as the site does.

/** @param {string} heading without its marks of Markdown */
export const slugOf = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
