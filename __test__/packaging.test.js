'use strict';

const assert = require('node:assert/strict');
const { existsSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { join, posix } = require('node:path');
const { after, before, describe, test } = require('node:test');
const manifest = require('../package.json');
const { runChild } = require('./support/child.js');
const { PLATFORM, Project, ROOT } = require('./support/consumers/project.js');
const { startSource } = require('./support/consumers/server.js');
const { links, pages } = require('./support/samples.js');

describe('the packed package in an empty project', () => {
  const project = new Project();
  let server;
  let packed;

  before(async () => {
    server = await startSource();
    packed = await project.pack();
    await project.install(packed.map(({ path }) => path));
    project.add('required.js', 'imported.mjs', 'bundled.mjs');
  });
  after(async () => {
    await server?.close();
    project.remove();
  });

  const installed = (...path) => join(project.folder, 'node_modules', ...path);

  const manifestOf = (name) => JSON.parse(readFileSync(installed(name, 'package.json'), 'utf8'));

  test('holds what its manifest names and nothing of the workshop', () => {
    const { files: paths } = packed.find(({ name }) => name === 'perennial-sse');
    const targets = JSON.stringify(manifest.exports).match(/(?<="\.\/)[^"]+(?="(?!:))/g);
    const files = targets.filter((path) => path !== 'package.json');
    assert.ok(files.length >= 8);
    const missing = [...files, 'src/lib.rs', 'LICENSE', 'README.md', 'docs/errors.md'].filter(
      (path) => !paths.includes(path),
    );
    assert.deepEqual(missing, []);
    const strays = paths.filter((path) => /^(__test__|tests|examples)\/|\.node$/.test(path));
    assert.deepEqual(strays, []);
  });

  test('brings the pages for its users, and no notes of the laboratory', () => {
    const { files: paths } = packed.find(({ name }) => name === 'perennial-sse');
    const lacking = ['docs/architecture.md', 'docs/performance.md'];
    const own = pages().filter((page) => !lacking.includes(page));
    assert.deepEqual(
      own.filter((page) => !paths.includes(page)),
      [],
    );
    assert.deepEqual(
      lacking.filter((page) => paths.includes(page)),
      [],
    );
  });

  test('brings pages of which every relative link leads to what it brings', () => {
    const { files: paths } = packed.find(({ name }) => name === 'perennial-sse');
    const markdown = paths.filter((path) => path.endsWith('.md'));
    assert.ok(markdown.length > 40, `${markdown.length} pages`);
    const places = new Set(paths.flatMap((path) => [path, posix.dirname(path)]));
    for (const page of markdown) {
      const text = readFileSync(installed('perennial-sse', page), 'utf8');
      for (const { target, file } of links(page, text))
        assert.ok(places.has(file), `${page}: ${target}`);
    }
  });

  test('brings no script that could run when it is installed, and nothing of a clone', () => {
    const { scripts, devDependencies, optionalDependencies } = manifestOf('perennial-sse');
    assert.deepEqual([scripts, devDependencies], [undefined, undefined]);
    assert.deepEqual(optionalDependencies, { [PLATFORM.name]: manifest.version });
    assert.equal(manifestOf(PLATFORM.name).scripts, undefined);
  });

  test('brings its addon as a platform package, which no archive may hold', () => {
    const { version, os, cpu, main, preferUnplugged } = manifestOf(PLATFORM.name);
    assert.deepEqual(
      { version, os, cpu, main, preferUnplugged },
      {
        version: manifest.version,
        os: [process.platform],
        cpu: [process.arch],
        main: PLATFORM.file,
        preferUnplugged: true,
      },
    );
    assert.ok(existsSync(installed(PLATFORM.name, PLATFORM.file)));
    assert.deepEqual(
      readdirSync(installed('perennial-sse')).filter((name) => name.endsWith('.node')),
      [],
    );
  });

  for (const program of ['required.js', 'imported.mjs']) {
    test(`${program} reads a stream, and gets the same classes by import and require`, async () => {
      const told = JSON.parse(await project.node([program], { SERVER: server.url }));
      const { exports, ...rest } = told;
      assert.ok(exports > 20);
      const expected = { data: ['one', 'two'], code: 'ERR_SSE_STATUS', isError: true };
      assert.deepEqual(rest, { ...expected, different: [] });
    });
  }

  for (const condition of ['browser', 'edge-light', 'workerd']) {
    test(`under the condition ${condition} it decodes without the addon and says what to do`, async () => {
      const told = JSON.parse(await project.node(['-C', condition, 'bundled.mjs']));
      assert.deepEqual(
        { ...told, refusal: '' },
        { data: ['a'], refusal: '', same: true, native: [] },
      );
      assert.match(told.refusal, /chat\(\) needs the native core.*runtime = 'nodejs'/);
    });
  }

  for (const module of ['node16', 'nodenext', 'preserve']) {
    const resolution = module === 'preserve' ? 'bundler' : module;
    test(`TypeScript understands it under ${resolution}`, async () => {
      const config = {
        compilerOptions: {
          noEmit: true,
          module,
          moduleResolution: resolution,
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable'],
          types: ['node'],
          typeRoots: [join(ROOT, 'node_modules', '@types')],
          // A user of it has it; the empty project has not.
          paths: { hono: [join(ROOT, 'node_modules/hono/dist/types/index.d.ts')] },
          strict: true,
          skipLibCheck: false,
        },
        include: ['types/*.mts', 'types/*.cts'],
      };
      project.add('../../types');
      writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const printed = await project.node([tsc, '--project', project.folder, '--listFilesOnly']);
      assert.match(printed, /node_modules.perennial-sse.index\.d\.mts/);
      await project.node([tsc, '--project', project.folder]);
    });
  }
});

test('importing the package takes at most a third as long as importing undici', async (t) => {
  const program = join(__dirname, 'support', 'consumers', 'import-time.mjs');
  const times = { perennial: [], undici: [] };
  // Alternating, so that whatever else the machine does meets both.
  for (let round = 0; round < 15; round++) {
    for (const name of Object.keys(times)) {
      const { stdout, stderr } = await runChild(program, { args: [name] });
      assert.ok(Number(stdout) > 0, stderr);
      times[name].push(Number(stdout));
    }
  }
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [own, undici] = [median(times.perennial), median(times.undici)];
  t.diagnostic(`median of 15: perennial-sse ${own.toFixed(1)} ms, undici ${undici.toFixed(1)} ms`);
  assert.ok(own <= undici / 3, `${own} ms against ${undici} ms`);
});
