'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ROOT, SampleFolder, examplesOf, pages, samplesOf } = require('./support/samples.js');

const SCRIPTS = { js: 'js', jsx: 'jsx', ts: 'ts', tsx: 'tsx', mjs: 'mjs' };

/** What samples import beside this package. */
const PACKAGES = ['@types/node', '@types/react', 'csstype', 'hono', 'fastify', 'undici-types'];

/** What a sample may leave to its reader: names that stand for the reader's own, and modules. */
const LEFT_OPEN = [
  2304, // a name
  2552, // a name like another one
  2503, // a namespace
  2307, // a module
  7016, // a module without types
  18004, // a name as a member
  1108, // a return without its function
  2451, // one name in two variants of a sample
];

/** What JavaScript has no word for: the type of what comes. */
const UNTYPED = /on type '(unknown|string \| AddressInfo)'/;

const CONFIGURATION = {
  compilerOptions: {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    strict: false,
    experimentalDecorators: true,
    jsx: 'preserve',
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node'],
    skipLibCheck: true,
    preserveSymlinks: true,
  },
  include: ['sample-*'],
};

/** A method that is shown without its class, by its decorator. */
const inClass = (code) =>
  code.replace(/^@\w+\([^)]*\)\nasync [\s\S]*/m, 'class Shown { [name: string]: any; $&}');

/** What is wrong with some samples, each with its page and line. */
function wrongIn(t, samples) {
  const folder = new SampleFolder(PACKAGES);
  t.after(() => folder.remove());
  const places = new Map();
  for (const [index, { page, line, language, code }] of samples.entries()) {
    const name = `sample-${index}.${SCRIPTS[language]}`;
    places.set(name, { page, line });
    folder.write(name, `${inClass(code)}\nexport {};\n`);
  }
  folder.write('tsconfig.json', JSON.stringify(CONFIGURATION));
  return compile(folder.path)
    .split('\n')
    .map((text) => /^(sample-\d+\.\w+)\((\d+),\d+\): error TS(\d+): (.*)$/.exec(text))
    .filter((found) => found !== null && !LEFT_OPEN.includes(Number(found[3])))
    .filter(
      ([, name, , , message]) =>
        !(name.endsWith('js') || name.endsWith('jsx')) || !UNTYPED.test(message),
    )
    .map(([, name, line, code, message]) => {
      const { page, line: first } = places.get(name);
      return `${page}:${first + Number(line) - 1}: TS${code} ${message}`;
    });
}

/** What the compiler says. */
function compile(folder) {
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    return execFileSync(process.execPath, [tsc, '--pretty', 'false', '--project', folder], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    if (typeof error.stdout !== 'string' || error.stdout === '') throw error;
    return error.stdout;
  }
}

test('every sample of code compiles, and knows the options that it names', (t) => {
  const samples = pages()
    .flatMap(samplesOf)
    .filter(({ language }) => SCRIPTS[language] !== undefined);
  assert.ok(samples.length > 60, `${samples.length} samples`);
  assert.deepEqual(wrongIn(t, samples), []);
});

/** Declarations, and the module that they are of. */
const DECLARATIONS = {
  'index.d.ts': 'perennial-sse',
  'lib/adapters/express.d.ts': 'perennial-sse/express',
  'lib/adapters/fastify.d.ts': 'perennial-sse/fastify',
  'lib/adapters/hono.d.ts': 'perennial-sse/hono',
  'lib/adapters/jwt.d.ts': 'perennial-sse/jwt',
  'lib/adapters/next.d.ts': 'perennial-sse/next',
  'lib/adapters/resumable-stream.d.ts': 'perennial-sse/resumable-stream',
  'lib/react/index.d.ts': 'perennial-sse/react',
  'lib/testing/testing.d.ts': 'perennial-sse/testing',
  'lib/wechat/types/official-account.d.ts': 'perennial-sse/wechat',
  'lib/wechat/types/wecom.d.ts': 'perennial-sse/wechat',
  'lib/wechat/types/wecom-connection.d.ts': 'perennial-sse/wechat',
  'lib/wechat/types/wecom-push.d.ts': 'perennial-sse/wechat',
};

test('every example in a comment of the declarations compiles', (t) => {
  const examples = Object.entries(DECLARATIONS).flatMap(([page, module]) =>
    examplesOf(page, module),
  );
  assert.ok(examples.length > 20, `${examples.length} examples`);
  assert.deepEqual(wrongIn(t, examples), []);
});

test('every function and class that takes options has an example', () => {
  const text = readFileSync(path.join(ROOT, 'index.d.ts'), 'utf8');
  const taking =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport function (\w+)\([^)]*\b\w*[oO]ptions\??:/g;
  const functions = [...text.matchAll(taking)];
  assert.ok(functions.length > 5, `${functions.length} functions`);
  for (const [, comment, name] of functions) assert.match(comment, /@example/, name);
});

test('a sample that is wrong is found', (t) => {
  const wrong = [
    "import { connect } from 'perennial-sse';\nconnect(url, { retries: 3 });",
    "import { connection } from 'perennial-sse';",
    "import { chat } from 'perennial-sse';\nchat({ model, resume: 'again' });",
    'const one = ;',
  ];
  const samples = wrong.map((code) => ({ page: 'page.md', line: 1, language: 'js', code }));
  // A fault of syntax hides the others.
  const [option, word, value] = wrongIn(t, samples.slice(0, 3));
  assert.match(option, /^page\.md:2: .*'retries' does not exist/);
  assert.match(word, /^page\.md:1: .*no exported member .*'connection'/);
  assert.match(value, /^page\.md:2: .*"again"/);
  assert.match(wrongIn(t, samples.slice(3))[0], /^page\.md:1: .*Expression expected/);
});
