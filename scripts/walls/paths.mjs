// The paths that Rust code names, such as `crate::llm::Delta`: where they stand, and in `use`.

/**
 * @typedef {object} Path
 * @property {string[]} names
 * @property {number} offset
 */

const USE = /\buse\s+([^;]*);/g;
const EXTERN = /\bextern\s+crate\s+(\w+)/g;
const IN_PLACE = /\b\w+(?:\s*::\s*\w+)+/g;
const DECLARED = /\bmod\s+(\w+)/g;

/**
 * Paths that begin with a name of the file's own, a module that it declares or imports from this
 * crate, are left out: `redis::open()` behind `use crate::redis` is no crate's.
 *
 * @param {string} code without comments and strings
 * @returns {Path[]}
 */
export function pathsIn(code) {
  const used = [...code.matchAll(USE)].flatMap(({ 1: tree, index }) =>
    leaves(tree).map(({ names, as }) => ({ names, as, offset: index })),
  );
  const own = new Set([...code.matchAll(DECLARED)].map(([, name]) => name));
  for (const { names, as } of used) {
    if (OWN.includes(names[0]) && names.length > 1) own.add(as);
  }
  const inPlace = [...code.replace(USE, blank).matchAll(IN_PLACE)].map(({ 0: path, index }) => ({
    names: path.split('::').map((name) => name.trim()),
    offset: index,
  }));
  const linked = [...code.matchAll(EXTERN)].map(({ 1: name, index }) => ({
    names: [name],
    offset: index,
  }));
  return [...used, ...inPlace, ...linked]
    .filter(({ names }) => !own.has(names[0]))
    .map(({ names, offset }) => ({ names, offset }));
}

/** What a path within this crate begins with. */
const OWN = ['crate', 'self', 'super'];

const blank = (text) => text.replace(/[^\n]/g, ' ');

/** The paths of a tree such as `a::{b, c::{d, self}}`, and the name by which each is known here. */
function leaves(tree, before = []) {
  const brace = tree.indexOf('{');
  if (brace === -1) {
    const [path, as] = tree.trim().split(/\s+as\s+/);
    const names = [...before, ...namesOf(path)].filter(
      (name) => name !== 'self' || before.length === 0,
    );
    return [{ names, as: as ?? names.at(-1) }];
  }
  const head = [...before, ...namesOf(tree.slice(0, brace))];
  return branches(tree.slice(brace + 1, tree.lastIndexOf('}'))).flatMap((one) => leaves(one, head));
}

const namesOf = (path) =>
  path
    .split('::')
    .map((name) => name.trim())
    .filter(Boolean);

/** The parts between the commas that are in no braces of their own. */
function branches(list) {
  const parts = [''];
  let depth = 0;
  for (const character of list) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim() !== '');
}
