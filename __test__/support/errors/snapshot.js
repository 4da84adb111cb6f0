'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { render } = require('./render.js');

const FOLDER = path.join(__dirname, '..', '..', 'snapshots');

/** Each of these has a snapshot of its own. */
const GROUPS = [
  'connecting',
  'responding',
  'proxies',
  'http2',
  'answers',
  'states',
  'runs',
  'hubs',
  'stores',
  'tokens',
  'redis',
  'options',
];

/** How many errors of a group are provoked at once. */
const WIDTH = 16;

const HEAD = `# Every error that a test can provoke: how, its class, code and sentence, and its fields.
# Written by \`npm run snapshot\`; \`__test__/error-snapshot.test.js\` compares it.
`;

const fileOf = (name) => path.join(FOLDER, `${name}.txt`);
const nameOf = (group) => `errors-${group}`;

/** What a snapshot has. */
const committed = (name) => readFileSync(fileOf(name), 'utf8');

/** Provokes one error, as a test of its own would. */
async function entry({ title, provoke }) {
  const undo = [];
  try {
    const error = await provoke({ after: (step) => undo.push(step) });
    return `\n${title}\n${render(error)}\n`;
  } catch (error) {
    throw new Error(`cannot provoke "${title}"`, { cause: error });
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** The errors of a group as the snapshot should have them, in the order of its cases. */
async function provoked(group) {
  const cases = require(`./${group}.js`);
  const entries = new Array(cases.length);
  let next = 0;
  const worker = async () => {
    while (next < cases.length) {
      const at = next++;
      entries[at] = await entry(cases[at]);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return `${HEAD}${entries.join('')}`;
}

/** The sentences of the source as the snapshot should have them. */
async function written() {
  const { sentences } = await import('../../../scripts/sentences.mjs');
  return sentences();
}

/** Writes every snapshot anew. */
async function update() {
  for (const group of GROUPS) writeFileSync(fileOf(nameOf(group)), await provoked(group));
  writeFileSync(fileOf('sentences'), await written());
}

if (require.main === module) update();

module.exports = { GROUPS, committed, nameOf, provoked, written };
