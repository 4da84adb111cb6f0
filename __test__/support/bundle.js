'use strict';

const esbuild = require('esbuild');
const { join } = require('node:path');

const ROOT = join(__dirname, '..', '..');

/**
 * A script for pages, made of modules of this package and of its dependencies as bundlers do.
 *
 * @param {string} source what to bundle, with imports as users write them
 * @param {import('esbuild').BuildOptions} [options]
 */
async function bundle(source, options = {}) {
  const built = await esbuild.build({
    stdin: { contents: source, resolveDir: ROOT, sourcefile: 'page.jsx', loader: 'jsx' },
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['browser'],
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
    ...options,
  });
  return built.outputFiles[0].text;
}

module.exports = { ROOT, bundle };
