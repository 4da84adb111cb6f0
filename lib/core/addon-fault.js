'use strict';

const { dirname } = require('node:path');
const { madeFor } = require('./addon-file.js');
const { BUILD, REBUILD, REINSTALL, ROOT, packageOf } = require('./addon-remedies.js');
const { glibc } = require('./target.js');
const { version } = require('./version.js');

/**
 * What is wrong with an addon that is there, and what to do about it.
 *
 * @param {string} target
 * @param {import('./addon-remedies.js').Failure & { path?: string }} failure of a place that has a file
 */
function fault(target, { path = '', cutOff, error, version: other }) {
  const built = dirname(path) === ROOT;
  const what = built ? path : `the package ${packageOf(target)}`;
  const remedy = built ? REBUILD : REINSTALL;
  if (cutOff) return `the end of ${path} is missing; ${remedy}`;
  if (other === null) return `${path} is an addon, but none of perennial-sse; ${remedy}`;
  if (other) return `${what} has version ${other}, and perennial-sse ${version}; ${remedy}`;
  const [, wanted] = /version `GLIBC_([\d.]+)' not found/.exec(error.message) ?? [];
  if (wanted) {
    return (
      `${what} needs glibc ${wanted}, and this system has ${glibc()}; run it on a newer system, ` +
      `or build it on this one with ${BUILD}`
    );
  }
  const platform = madeFor(path);
  if (platform === undefined) return `${path} is no addon; ${remedy}`;
  if (!target.startsWith(platform)) return `${path} is made for ${platform}; ${remedy}`;
  return `the system does not load ${path}; ${remedy}`;
}

module.exports = { fault };
