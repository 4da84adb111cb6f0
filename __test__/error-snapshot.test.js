'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { GROUPS, committed, nameOf, provoked, written } = require('./support/errors/snapshot.js');

/**
 * For the first, the engine would have to have a bug; the second is what the package says when it
 * does not load, which `addon.test.js` provokes.
 */
const UNPROVOKED = ['ERR_SSE_INTERNAL', 'ERR_SSE_ADDON'];

/** The first entry that differs, for a snapshot is long. */
function same(actual, name) {
  const expected = committed(name);
  if (actual === expected) return;
  const [is, was] = [actual, expected].map((text) => text.split(/\n\n|(?<=^##.*)\n|\n(?=\S)/m));
  const lost = was.filter((entry) => !is.includes(entry));
  const added = is.filter((entry) => !was.includes(entry));
  assert.deepEqual(added, lost, `${name}.txt: if this is meant, run "npm run snapshot"`);
  assert.fail(`${name}.txt differs in its order; run "npm run snapshot"`);
}

for (const group of GROUPS) {
  test(`errors keep class, code, sentence and fields: ${group}`, async () => {
    same(await provoked(group), nameOf(group));
  });
}

test('no sentence of the source is lost or changed', async () => {
  same(await written(), 'sentences');
});

test('every code has an error in the snapshots', () => {
  const contract = readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');
  const [, union] = contract.split('type ErrorCode =');
  const codes = [...new Set([...union.matchAll(/\| '(ERR_SSE_\w+)'/g)].map(([, code]) => code))];
  assert.ok(codes.length > 20);
  const shown = new Set(GROUPS.flatMap((group) => committed(nameOf(group)).match(/ERR_SSE_\w+/g)));
  assert.deepEqual(
    codes.filter((code) => !shown.has(code)),
    UNPROVOKED,
  );
});
