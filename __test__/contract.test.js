'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { MUTATIONS } = require('./support/mutations.js');

const contract = () => import('../scripts/contract/index.mjs');

/** The tree with one change, and the file in which it is. */
async function changed([file, from, to]) {
  const { Tree } = await import('../scripts/contract/tree.mjs');
  const path = typeof file === 'string' ? file : new Tree().pathOf(...file);
  const text = new Tree().text(path);
  const mutated = text.replace(from, to);
  assert.notEqual(mutated, text, `${path} has no ${from}`);
  return new Tree({ [path]: mutated });
}

test('nothing differs in the tree as it is', async () => {
  const { Tree } = await import('../scripts/contract/tree.mjs');
  const { differencesIn } = await contract();
  assert.deepEqual(await differencesIn(new Tree()), []);
});

test('every check has a mutation', async () => {
  const { CHECKS } = await contract();
  assert.deepEqual(Object.keys(MUTATIONS).sort(), CHECKS.map(({ name }) => name).sort());
});

for (const [name, mutations] of Object.entries(MUTATIONS)) {
  for (const mutation of mutations) {
    const [file, , , named] = mutation;
    const place = Array.isArray(file) ? file.join(' where ') : file;
    test(`${name}: a change of "${named}" in ${place} is told by name`, async () => {
      const { CHECKS, differencesIn } = await contract();
      const checks = CHECKS.filter((check) => check.name === name);
      const differences = await differencesIn(await changed(mutation), checks);
      assert.ok(
        differences.some((told) => told.includes(named) && !told.includes('\n')),
        `nothing names ${named}: ${differences.join('\n')}`,
      );
    });
  }
}
