'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ROOT, pages } = require('./support/samples.js');

const HOME = 'https://repository.example/one';

const site = (name) => import(`../site/.vitepress/${name}.mjs`);
const scripts = () => import('../scripts/links.mjs');

/** Every entry of a list at the side, those below others too. */
const entries = (groups) =>
  groups.flatMap(({ items = [], ...one }) => [one, ...entries(items)]).filter(({ link }) => link);

const headingOf = (page) => /^# (.*)$/m.exec(readFileSync(path.join(ROOT, page), 'utf8'))[1];

test('the site has every page of docs/ at its side, by the order of the README', async () => {
  const { addressOf, sidebar } = await site('pages');
  const groups = sidebar();
  assert.deepEqual(
    groups.map(({ text }) => text),
    ['Use', 'Look up', 'Run', 'Decide', 'Project'],
  );
  const listed = entries(groups).map(({ link }) => link);
  const english = pages().filter((page) => !/^(README|docs\/(ja|zh|ko|fr)\/.*)/.test(page));
  const missing = english.map(addressOf).filter((address) => !listed.includes(address));
  assert.deepEqual(missing, []);
  assert.equal(listed[0], '/streams');
});

test('the site of a language has its own pages first', async () => {
  const { sidebar, sidebarOf } = await site('pages');
  for (const language of ['ja', 'zh', 'ko', 'fr']) {
    const [own, ...english] = sidebarOf(language, sidebar());
    assert.equal(own.items[0].link, `/${language}/`);
    const pagesOf = pages().filter((page) => page.startsWith(`docs/${language}/`));
    assert.equal(own.items.length, pagesOf.length);
    const headings = own.items.map(({ link }) =>
      headingOf(`docs${link.replace(/\/$/, '/README')}.md`),
    );
    assert.deepEqual(
      own.items.map(({ text }) => text),
      headings,
    );
    assert.deepEqual(
      english.map(({ text }) => text),
      sidebar().map(({ text }) => text),
    );
  }
});

test('a link between pages stays on the site, one that leaves it leads to the repository', async () => {
  const { linkOf } = await site('links');
  const link = (href, repository = HOME) => linkOf('docs/ja/server.md', href, repository);
  assert.equal(link('../hub.md#options'), '/hub#options');
  assert.equal(link('../../README.md'), '/');
  assert.equal(link('../reference/README.md'), '/reference/');
  assert.equal(link('#here'), '#here');
  assert.equal(link('https://example.com/a.md'), 'https://example.com/a.md');
  assert.equal(link('../../examples/next'), `${HOME}/blob/HEAD/examples/next`);
  assert.equal(linkOf('docs/ja/server.md', '../../examples/next', undefined), undefined);
  assert.throws(() => link('../nowhere.md'), /docs\/ja\/server\.md links to \.\.\/nowhere\.md/);
});

test('a link of a packed page that leaves the package leads to the repository', async () => {
  const { shipped } = await scripts();
  const text = [
    'See [one](one.md#here), [two](two.md), [web](https://example.com) and [code](../src/).',
    '![A picture](two.png)',
    '```md',
    '[two](two.md)',
    '```',
  ].join('\n');
  const isShipped = (file) => ['docs/one.md', 'src'].includes(file);
  assert.equal(
    shipped('docs/page.md', text, isShipped, HOME),
    text
      .replace('[two](two.md)', `[two](${HOME}/blob/HEAD/docs/two.md)`)
      .replace('(two.png)', `(${HOME}/raw/HEAD/docs/two.png)`),
  );
  assert.equal(
    shipped('docs/page.md', text, isShipped, undefined),
    text.replace('[two](two.md)', 'two').replace('![A picture](two.png)', 'A picture'),
  );
});
