'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { ROOT, samplesOf } = require('./support/samples.js');

const script = () => import('../scripts/translations.mjs');
const read = (page) => readFileSync(path.join(ROOT, page), 'utf8');

test('each language has the pages that its readers come for', async () => {
  const { LANGUAGES, translations } = await script();
  const pages = translations();
  for (const language of LANGUAGES)
    for (const name of ['README', 'answers', 'server', 'server-by-hand', 'react', 'wechat'])
      assert.ok(pages.includes(`docs/${language}/${name}.md`), `${name} in ${language}`);
});

test('a translation that is behind its English page makes the check fail', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'perennial-sse-translations-'));
  try {
    for (const name of ['scripts', 'docs', 'README.md', 'package.json'])
      cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    const run = (...args) =>
      spawnSync(process.execPath, [path.join(folder, 'scripts', 'translations.mjs'), ...args], {
        encoding: 'utf8',
      });
    assert.equal(run().status, 0);
    const page = path.join(folder, 'docs', 'react.md');
    const text = readFileSync(page, 'utf8');
    writeFileSync(page, text.replace('## Notices on the wire\n', '$&\nOne sentence more.\n'));
    const { status, stderr } = run();
    assert.equal(status, 1);
    assert.match(stderr, /^translations: docs\/ja\/react\.md: "Notices on the wire" of /m);
    const [, typed] = /run "node \S+ (--stamp .*)"$/m.exec(stderr);
    assert.equal(run(...typed.split(' ')).status, 0);
    assert.equal(run().status, 0);
    for (const wrong of [['--stamp'], ['--stamp', 'docs/xx/react.md'], ['--stmap']])
      assert.equal(run(...wrong).status, 1, wrong.join(' '));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a translation has the samples of its English page, and as many sections', async () => {
  const { sectionsOf, sourceOf, translations } = await script();
  for (const page of translations()) {
    const [own, english] = [page, sourceOf(page)].map((one) =>
      samplesOf(one).map(({ code }) => code),
    );
    assert.deepEqual(own, english, page);
    const [is, wanted] = [page, sourceOf(page)].map((one) => sectionsOf(read(one)).length);
    assert.equal(is, wanted, page);
  }
});

test('a translation tells which version of its English page it is of', async () => {
  const { translations } = await script();
  for (const page of translations())
    assert.match(read(page), /<!-- translated from \S+: [0-9a-f ]+ -->\n$/);
});

test('a section that has changed since is named, and no other', async () => {
  const { changesOf, remedyOf, sectionsOf } = await script();
  const english =
    '# A page\n\nOne.\n\n## Two\n\nText.\n\n```js\nconst code = 1;\n```\n\n## Three\n\nMore.\n';
  const hashes = sectionsOf(english).map(({ hash }) => hash);
  const page = `# Une page\n\n<!-- translated from docs/page.md: ${hashes.join(' ')} -->\n`;
  const told = (source) => changesOf('docs/fr/page.md', page, source);
  assert.deepEqual(told(english), []);
  assert.deepEqual(told(english.replace('code = 1', 'code = 2')), []);
  const changes = told(english.replace('Text.', 'Other text.'));
  assert.deepEqual(changes, ['docs/fr/page.md: "Two" of docs/page.md has changed since']);
  assert.match(remedyOf(changes), /"node scripts\/translations\.mjs --stamp docs\/fr\/page\.md"$/);
  assert.match(changesOf('docs/fr/page.md', '# Une page\n', english)[0], /has no stamp/);
});
