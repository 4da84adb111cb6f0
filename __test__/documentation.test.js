'use strict';

const assert = require('node:assert/strict');
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ERROR_CLASSES } = require('../lib/core/error-classes.js');

const ROOT = path.join(__dirname, '..');
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const README = read('README.md');
const TYPES = read('index.d.ts');
const PAGES = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));

/** The options whose members have rows of their own. */
const GROUPS = {
  retry: 'RetryOptions',
  retryRange: 'RetryRange',
  timeouts: 'Timeouts',
  mailbox: 'MailboxOptions',
  tls: 'TLSOptions',
};

/** What stands in backticks in the first cells of the table that follows a heading. */
function rows(heading) {
  const [, after] = README.split(`\n## ${heading}\n`);
  const [section] = after.split('\n## ');
  const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
}

/** The members that `index.d.ts` declares for an interface. */
function members(name) {
  const [, body] = new RegExp(`export interface ${name} \\{\n(.*?)\n\\}`, 's').exec(TYPES);
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member);
}

/** The links of a page that lead to a file here, and where on it they point. */
function links(page) {
  const text = read(page).replace(/^\s*```.*?^\s*```/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, anchor] = target.split('#');
      return { target, file: file ? path.join(path.dirname(page), file) : page, anchor };
    });
}

/** The anchors of a page's headings. */
function anchors(page) {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('every error code has a section of its own, which names its class', () => {
  const sections = read('docs/errors.md').split(/^### /m).slice(1);
  const described = sections.map((section) => /^`(\w+)`\n\n`(\w+)`/.exec(section)?.slice(1));
  const expected = Object.entries(ERROR_CLASSES).map(([code, { name }]) => [code, name]);
  assert.deepEqual(described.toSorted(), expected.toSorted());
});

test('the README lists every error code with its class', () => {
  const listed = rows('Errors');
  const expected = Object.entries(ERROR_CLASSES).flatMap(([code, { name }]) => [code, name]);
  assert.deepEqual(listed.toSorted(), expected.toSorted());
});

test('the README lists every option of connect, and no other', () => {
  const listed = rows('Options');
  const expected = members('ConnectOptions').flatMap((option) => {
    if (GROUPS[option] === undefined) return [option];
    return members(GROUPS[option]).map((member) => `${option}.${member}`);
  });
  assert.ok(expected.length > 30, 'the contract was understood');
  const whole = Object.keys(GROUPS);
  assert.deepEqual(listed.filter((name) => !whole.includes(name)).toSorted(), expected.toSorted());
});

for (const page of ['README.md', ...PAGES.map((name) => `docs/${name}`)]) {
  test(`every relative link of ${page} leads somewhere`, () => {
    for (const { target, file, anchor } of links(page)) {
      assert.ok(existsSync(path.join(ROOT, file)), target);
      if (anchor !== undefined) assert.ok(anchors(file).includes(anchor), target);
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

test('fourteen questions about the architecture lead to one file each', () => {
  const answers = [...architecture('Where to look for …').matchAll(/^\| (.*\?) \| `(.*)` \|$/gm)];
  assert.equal(answers.length, 14);
  assert.equal(new Set(answers.map(([, , file]) => file)).size, 14);
  for (const [, question, file] of answers) {
    assert.ok(existsSync(path.join(ROOT, file)), `${question} ${file}`);
  }
});

test('the glossary has at most 30 lines', () => {
  assert.ok(architecture('Glossary').trim().split('\n').length <= 30);
});

test('every page of the documentation is linked from the README', () => {
  const linked = new Set(links('README.md').map(({ file }) => file));
  for (const name of PAGES) assert.ok(linked.has(path.join('docs', name)), name);
});
