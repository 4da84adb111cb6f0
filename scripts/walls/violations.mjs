// Which walls the text of a file breaks. Knows nothing of disks: path and text are all it is given.

import { withoutComments, withoutStrings } from '../source.mjs';
import { pathsIn } from './paths.mjs';
import { CRATES, IMPURE, MAY_WAIT, MODULES, PUBLIC, PUBLIC_TO_BOTS } from './rules.mjs';

/**
 * @typedef {object} Violation
 * @property {string} path
 * @property {number} line
 * @property {string} why
 */

/**
 * @param {string} path relative to the package, with forward slashes
 * @param {string} text
 * @returns {Violation[]} in the order of their lines
 */
export function violationsIn(path, text) {
  const broken = traces(text);
  if (isCore(path)) broken.push(...ofCore(path, withoutComments(path, text)));
  if (isLibrary(path)) broken.push(...timers(withoutComments(path, text)));
  if (isAdapter(path)) {
    broken.push(...privateModules(withoutComments(path, text), PUBLIC, 'an adapter'));
  }
  if (isBot(path)) {
    broken.push(...privateModules(withoutComments(path, text), PUBLIC_TO_BOTS, 'a bot'));
  }
  const found = broken.map(([offset, why]) => ({ path, line: lineAt(text, offset), why }));
  // A list of names from one place is one mistake.
  const once = new Map(found.map((one) => [`${one.line} ${one.why}`, one]));
  return [...once.values()].sort((a, b) => a.line - b.line);
}

const lineAt = (text, offset) => text.slice(0, offset).split('\n').length;

/** `lib.rs` only lists the modules. */
const isCore = (path) => /^src\/.*\.rs$/.test(path) && path !== 'src/lib.rs';

const isLibrary = (path) => /^lib\/.*\.js$/.test(path) && !MAY_WAIT.test(path);

const isAdapter = (path) => /^lib\/adapters\/[^/]*\.m?js$/.test(path);

const isBot = (path) => /^lib\/wechat\/.*\.m?js$/.test(path);

/** Traces of one machine; a lockfile with `resolved` addresses ties everybody to one registry. */
const TRACES =
  /(?<![\w.$}])\/(?:work|tmp|root|home)\/[\w.]|"resol[v]ed": "(?!file:|__test__\/)|\bregistry\.\w+\.\w/g;

const traces = (text) =>
  matches(text, TRACES, (trace) => `a trace of one machine or registry: ${trace}`);

const TIMERS = /\b(setTimeout|setInterval|setImmediate)\b|node:timers/g;

const timers = (code) =>
  matches(code, TIMERS, (timer) => `a timer in lib/: ${timer} belongs in the core`);

const LOADED = /(?:\brequire\(|\bfrom |\bimport(?:\(| ))\s*'([^']+)'/g;

const privateModules = (code, allowed, who) =>
  [...code.matchAll(LOADED)]
    .filter(([, name]) => !allowed.test(name))
    .map(({ 1: name, index }) => [index, `${who} uses the public API only, not ${name}`]);

function ofCore(path, code) {
  const own = path.split('/')[1].replace(/\.rs$/, '');
  const module = MODULES[own];
  if (!module) {
    return [
      [0, `the walls do not know a module ${own}: give it a place in scripts/walls/rules.mjs`],
    ];
  }
  // What serde is told in quotes, such as a name in JSON, is no code.
  const bare = withoutStrings(path, code);
  const paths = pathsIn(bare);
  const broken = paths.flatMap(({ names, offset }) =>
    [
      ...refusedCrates(own, names),
      ...refusedModule(own, module, names),
      ...refusedClimb(path, own, module, names),
    ].map((why) => [offset, why]),
  );
  return module.pure ? [...broken, ...impurities(path, bare)] : broken;
}

/** Of `hyper::client` and `hyper` both may be owned. */
function refusedCrates(own, names) {
  return names
    .map((_, at) => names.slice(0, at + 1).join('::'))
    .filter((crate) => Object.hasOwn(CRATES, crate) && !CRATES[crate].includes(own))
    .map((crate) => `only ${CRATES[crate].join(' and ')} may name ${crate}`);
}

function refusedModule(own, { uses }, [root, name]) {
  const allowed = uses === 'all' || [own, 'error', ...uses].includes(name);
  if (root !== 'crate' || allowed) return [];
  return [`${own} may not use ${name}`];
}

/** From the file of a whole module `super` is the crate; from the files in its folder, twice `super`. */
function refusedClimb(path, own, module, [root, name, ...below]) {
  if (root !== 'super') return [];
  if (name === 'super') return ['a path of the crate begins with crate, not with super::super'];
  const whole = /^src\/(\w+\/mod|\w+)\.rs$/.test(path) && Object.hasOwn(MODULES, name);
  return whole ? refusedModule(own, module, ['crate', name, ...below]) : [];
}

function impurities(path, code) {
  const broken = IMPURE.flatMap(([pattern, why]) => matches(code, pattern, () => why));
  // A `mod.rs` only lists what is in its folder.
  if (!path.endsWith('/mod.rs') && !/^\s*#!\[forbid\(unsafe_code\)\]/.test(code)) {
    broken.push([0, 'a pure module must begin with #![forbid(unsafe_code)]']);
  }
  return broken;
}

/** @returns {[offset: number, why: string][]} */
const matches = (text, pattern, why) =>
  [...text.matchAll(pattern)].map((match) => [match.index, why(match[0])]);
