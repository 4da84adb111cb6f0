// The packages of a release, each in a folder as the registry will have it: one for each platform, which
// holds the addon, and the main one, which names them as optional dependencies.

import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { home, shipped } from '../links.mjs';
import { fail, output, root } from '../process.mjs';

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} folder
 */

/** The file of a target's addon, as the generator and the loader name it. */
export const fileOf = (target) => `perennial-sse.${target}.node`;

const nameOf = (target) => `perennial-sse-${target}`;

const read = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

function write(folder, manifest) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * Every target of package.json, as npm names it, with the manifest of its package in `folder`.
 *
 * @param {string} folder an empty one
 */
export function platforms(folder) {
  write(folder, { ...read(root), ...address() });
  const made = output('napi', ['create-npm-dirs', '--cwd', folder]);
  if (made === null) fail('the manifests of the platforms could not be made');
  return readdirSync(join(folder, 'npm'));
}

/**
 * The packages of these targets, the main one last: who finds it must find the others.
 *
 * @param {string} folder where `platforms` has put the manifests
 * @param {Map<string, string>} addons the addon of each target
 * @returns {Package[]}
 */
export function packages(folder, addons) {
  const others = [...addons].map(([target, addon]) => {
    const place = join(folder, 'npm', target);
    // In an archive of Plug'n'Play the system could not load it.
    write(place, { ...read(place), preferUnplugged: true });
    copyFileSync(addon, join(place, fileOf(target)));
    return { name: nameOf(target), folder: place };
  });
  return [...others, main(join(folder, 'main'), [...addons.keys()])];
}

/** @type {(folder: string, targets: string[]) => Package} */
function main(folder, targets) {
  const [{ files }] = JSON.parse(
    output('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']),
  );
  const paths = new Set(files.map(({ path }) => path));
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (path.endsWith('.md')) writeFileSync(join(folder, path), page(path, paths));
    else cpSync(join(root, path), join(folder, path));
  }
  // A package of a registry has no use for what only a clone does, and without scripts none can run.
  const { scripts, devDependencies, napi, ...manifest } = read(root);
  const optional = targets.map((target) => [nameOf(target), manifest.version]);
  write(folder, { ...manifest, ...address(), optionalDependencies: Object.fromEntries(optional) });
  return { name: manifest.name, folder };
}

/** @type {(path: string, paths: Set<string>) => string} */
const page = (path, paths) =>
  shipped(path, readFileSync(join(root, path), 'utf8'), (one) => paths.has(one), home());

/** What the manifests say of the repository. */
function address() {
  const url = home();
  if (url === undefined) return {};
  return {
    repository: { type: 'git', url: `git+${url}.git` },
    homepage: `${url}#readme`,
    bugs: `${url}/issues`,
  };
}
