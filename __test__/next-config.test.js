'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');
const { SSEOptionError } = require('perennial-sse');
const { withPerennial } = require('perennial-sse/next');

const EXTERNAL = { serverExternalPackages: ['perennial-sse'] };

test('withPerennial adds the package to what Next.js does not bundle, and nothing else', () => {
  assert.deepEqual(withPerennial(), EXTERNAL);
  assert.deepEqual(withPerennial({ reactStrictMode: true }), {
    reactStrictMode: true,
    ...EXTERNAL,
  });
});

test("withPerennial keeps the caller's external packages and leaves its object alone", () => {
  const config = { serverExternalPackages: ['sharp'] };
  const extended = withPerennial(config);
  assert.deepEqual(extended, { serverExternalPackages: ['sharp', 'perennial-sse'] });
  assert.deepEqual(config, { serverExternalPackages: ['sharp'] });
  assert.deepEqual(withPerennial(extended), extended);
});

test('withPerennial hands a function its arguments and extends what it gives', async () => {
  const config = (...args) => ({ env: { args } });
  const expected = { env: { args: ['phase', 'defaults'] }, ...EXTERNAL };
  assert.deepEqual(withPerennial(config)('phase', 'defaults'), expected);
  const later = async (...args) => config(...args);
  assert.deepEqual(await withPerennial(later)('phase', 'defaults'), expected);
  assert.deepEqual(await withPerennial(Promise.resolve({})), EXTERNAL);
});

test('withPerennial names a configuration that is none', () => {
  for (const [config, told] of [
    [null, 'got null'],
    ['next', 'got a value of type string'],
    [{ serverExternalPackages: 'sharp' }, 'serverExternalPackages of next.config must be an array'],
  ]) {
    assert.throws(
      () => withPerennial(config),
      (error) => error instanceof SSEOptionError && error.message.includes(told),
    );
  }
  assert.throws(() => withPerennial(() => undefined)(), /got a value of type undefined/);
});

/** What a module in the package's folder prints. */
const run = (...args) =>
  execFileSync(process.execPath, args, { cwd: join(__dirname, '..'), encoding: 'utf8' }).trim();

test('import and require give the same withPerennial, and neither loads the addon', () => {
  const program = `
    import { createRequire } from 'node:module';
    import { withPerennial } from 'perennial-sse/next';
    const require = createRequire(import.meta.url);
    const same = require('perennial-sse/next').withPerennial === withPerennial;
    console.log(same, Object.keys(require.cache).some((path) => path.includes('binding')));
  `;
  assert.equal(run('--input-type=module', '-e', program), 'true false');
});

test('under the condition of server components the addon loads as everywhere', () => {
  const program = "console.log(typeof require('perennial-sse').connect)";
  assert.equal(run('-C', 'react-server', '-e', program), 'function');
});
