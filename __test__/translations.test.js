'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ROOT, samplesOf } = require('./support/samples.js');

const script = () => import('../scripts/translations.mjs');
const read = (page) => readFileSync(path.join(ROOT, page), 'utf8');

test('each language has the README', async () => {
  const { LANGUAGES, translations } = await script();
  const pages = translations();
  for (const language of LANGUAGES)
    assert.ok(pages.includes(`docs/${language}/README.md`), language);
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
  const { changesOf, sectionsOf } = await script();
  const english =
    '# A page\n\nOne.\n\n## Two\n\nText.\n\n```js\nconst code = 1;\n```\n\n## Three\n\nMore.\n';
  const hashes = sectionsOf(english).map(({ hash }) => hash);
  const page = `# Une page\n\n<!-- translated from docs/page.md: ${hashes.join(' ')} -->\n`;
  const told = (source) => changesOf('docs/fr/page.md', page, source);
  assert.deepEqual(told(english), []);
  assert.deepEqual(told(english.replace('code = 1', 'code = 2')), []);
  assert.deepEqual(told(english.replace('Text.', 'Other text.')), [
    'docs/fr/page.md: "Two" of docs/page.md has changed since',
  ]);
  assert.match(changesOf('docs/fr/page.md', '# Une page\n', english)[0], /has no stamp/);
});
