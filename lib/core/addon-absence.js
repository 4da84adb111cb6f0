'use strict';

const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { BUILD, INSTALL, LOOK_AGAIN, REINSTALL, ROOT, packageOf } = require('./addon-remedies.js');

/** npm's, which may know no more than the platform that made it; all others name every platform's packages. */
const LOCK_FILES = ['package-lock.json', 'npm-shrinkwrap.json'];

/** For what there are packages. */
const TARGETS = [
  ...['darwin-arm64', 'darwin-x64', 'win32-arm64-msvc', 'win32-x64-msvc'],
  ...['linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-gnu', 'linux-x64-musl'],
];

/**
 * Why there is no addon, as far as can be seen, and what to do about it.
 *
 * @param {string} target
 */
function absence(target) {
  const name = packageOf(target);
  if (!TARGETS.includes(target)) {
    return `no package is published for this platform; build it from source with ${BUILD}`;
  }
  if (existsSync(join(ROOT, '.git'))) {
    return 'this is a clone, and nothing was built in it; type "npm run build"';
  }
  const folders = modulesFolders();
  const half = folders.map((folder) => join(folder, name)).find(existsSync);
  if (half) return `${half} has no addon in it, so it was not installed to its end; ${REINSTALL}`;
  const others = TARGETS.map(packageOf).filter((other) =>
    folders.some((folder) => existsSync(join(folder, other))),
  );
  if (others.length > 0) {
    return (
      `the package ${name} is missing, and ${others.join(' and ')} is there: it was installed for ` +
      `another platform; ${REINSTALL}`
    );
  }
  const lock = lockWithout(name);
  if (lock) return `the package ${name} is missing, also in ${lock}; ${LOOK_AGAIN}`;
  return (
    `the package ${name} is missing: optional dependencies were left out, or it could not be ` +
    `fetched; ${INSTALL}`
  );
}

/** Every folder in which a package that this one requires may be, the nearest first. */
function modulesFolders() {
  return above(ROOT)
    .map((folder) => join(folder, 'node_modules'))
    .filter(existsSync);
}

/**
 * npm's lock file, if it names this package but not that one.
 *
 * @param {string} name
 */
function lockWithout(name) {
  const lock = above(ROOT)
    .flatMap((folder) => LOCK_FILES.map((file) => join(folder, file)))
    .find(existsSync);
  if (lock === undefined) return undefined;
  const text = readFileSync(lock, 'utf8');
  const names = (/** @type {string} */ one) => text.includes(`node_modules/${one}"`);
  return names('perennial-sse') && !names(name) ? lock : undefined;
}

/**
 * The folders that a folder is in, the nearest first.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function above(folder) {
  const parent = dirname(folder);
  return parent === folder ? [] : [parent, ...above(parent)];
}

module.exports = { TARGETS, absence };
