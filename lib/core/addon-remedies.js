'use strict';

const { dirname } = require('node:path');

/**
 * Why the addon of one place does not serve.
 *
 * @typedef {object} Failure
 * @property {string} [path] undefined where there is no such file
 * @property {boolean} cutOff whether the end of the file is missing
 * @property {any} [error] what loading it threw
 * @property {string | null} [version] that of the addon which loaded; `null` if it has none
 */

/** The folder of this package. */
const ROOT = dirname(dirname(__dirname));

const BUILD = '"npx perennial-sse build"';

const OTHERS = '"pnpm install", "yarn install", "bun install" or "deno install"';

/** What installs a package that is missing, with each package manager. */
const INSTALL = `type "npm install --include=optional", ${OTHERS}`;

/** The same where something wrong is in its place. */
const REINSTALL = `remove node_modules and ${INSTALL}`;

/** npm believes a lock file that leaves a package out; this has it look again. */
const LOOK_AGAIN = `type "npm uninstall perennial-sse && npm install perennial-sse", ${OTHERS}`;

/** For a file that was built here. */
const REBUILD = `remove it, or build it anew with ${BUILD}, in a clone with "npm run build"`;

/** The package that has the addon for a target. */
const packageOf = (/** @type {string} */ target) => `perennial-sse-${target}`;

module.exports = { BUILD, INSTALL, LOOK_AGAIN, REBUILD, REINSTALL, ROOT, packageOf };
