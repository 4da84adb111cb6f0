'use strict';

const assert = require('node:assert/strict');
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ERROR_CLASSES } = require('../lib/core/error-classes.js');
const { links, pages } = require('./support/samples.js');

const ROOT = path.join(__dirname, '..');
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const PAGES = pages();

/** What a first page may have, in bytes. */
const README_SIZE = [6000, 8192];

/** The anchors of a page's headings. */
async function anchors(page) {
  const { slugOf } = await import('../scripts/slug.mjs');
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slugOf(heading));
}

test('every error code has a section of its own, which names its class', () => {
  const pages = PAGES.filter((page) => page.startsWith('docs/errors/'));
  const sections = pages.flatMap((page) => read(page).split(/^## /m).slice(1));
  const described = sections.map((section) => /^`(\w+)`\n\n`(\w+)`/.exec(section)?.slice(1));
  const expected = Object.entries(ERROR_CLASSES).map(([code, { name }]) => [code, name]);
  assert.deepEqual(described.toSorted(), expected.toSorted());
});

test('the table of all codes has each with its class', () => {
  const [, after] = read('docs/errors.md').split('\n## All codes\n');
  const rows = after.split('\n## ')[0].matchAll(/^\| `(ERR_SSE_\w+)` \(`(\w+)`\) \|/gm);
  const listed = [...rows].map(([, code, name]) => [code, name]);
  const expected = Object.entries(ERROR_CLASSES).map(([code, { name }]) => [code, name]);
  assert.deepEqual(listed.toSorted(), expected.toSorted());
});

test('the README has between 6 and 8 KiB', () => {
  const size = Buffer.byteLength(read('README.md'));
  const [least, most] = README_SIZE;
  assert.ok(size >= least && size <= most, `${size} bytes`);
});

for (const page of PAGES) {
  test(`every relative link of ${page} leads somewhere`, async () => {
    for (const { target, file, anchor } of links(page)) {
      assert.ok(existsSync(path.join(ROOT, file)), target);
      if (anchor !== undefined) assert.ok((await anchors(file)).includes(anchor), target);
    }
  });
}

/** A section of the page on architecture, without its heading. */
function architecture(heading) {
  const [, after] = read('docs/architecture.md').split(`\n## ${heading}\n`);
  return after.split('\n## ')[0];
}

const folders = (folder) =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

test('the diagram of the architecture has every folder of lib/ and src/, and no other', () => {
  const [, diagram] = architecture('Modules and walls').split('```');
  const [library, core] = diagram.split('binding.js ─');
  const drawn = [...library.matchAll(/^ {3}((?:\w+\/ +)+)/gm)].flatMap(([, names]) =>
    names.match(/\w+/g),
  );
  assert.deepEqual(drawn.toSorted(), folders('lib').toSorted());
  const modules = [...core.matchAll(/\bsrc\/(\w+)\//g)].map(([, name]) => name);
  assert.deepEqual(modules.toSorted(), folders('src').toSorted());
});

test('fifteen questions about the architecture lead to one file each', () => {
  const answers = [...architecture('Where to look for …').matchAll(/^\| (.*\?) \| `(.*)` \|$/gm)];
  assert.equal(answers.length, 15);
  assert.equal(new Set(answers.map(([, , file]) => file)).size, 15);
  for (const [, question, file] of answers) {
    assert.ok(existsSync(path.join(ROOT, file)), `${question} ${file}`);
  }
});

test('the glossary has at most 30 lines', () => {
  assert.ok(architecture('Glossary').trim().split('\n').length <= 30);
});

test('every page is reached by links from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const { file } of links(page)) if (PAGES.includes(file)) reached.add(file);
  }
  assert.deepEqual(
    PAGES.filter((page) => !reached.has(page)),
    [],
  );
});
