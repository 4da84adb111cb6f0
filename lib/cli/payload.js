'use strict';

const { readFile } = require('node:fs/promises');
const { buffer } = require('node:stream/consumers');
const { UsageError } = require('./usage-error.js');

/**
 * The body and its content type.
 *
 * @param {{ source: string, json: boolean }} body the text itself, `@` and a file, or `-`
 * @returns {Promise<{ bytes: Buffer, type: string }>}
 */
async function readPayload({ source, json }) {
  const bytes = await read(source);
  if (!json) return { bytes, type: 'text/plain;charset=UTF-8' };
  try {
    JSON.parse(bytes.toString());
  } catch {
    throw new UsageError('--json-body is not valid JSON');
  }
  return { bytes, type: 'application/json' };
}

/** @param {string} source */
async function read(source) {
  if (source === '-' || source === '@-') return buffer(process.stdin);
  return source.startsWith('@') ? readNamed(source.slice(1)) : Buffer.from(source);
}

/**
 * A file that the command line names.
 *
 * @param {string} file
 */
async function readNamed(file) {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read ${JSON.stringify(file)} (${error.code})`);
  }
}

module.exports = { readNamed, readPayload };
