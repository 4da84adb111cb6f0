'use strict';

const assert = require('node:assert/strict');
const {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} = require('node:fs');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { version } = require('../package.json');
const { addonError } = require('../lib/core/addon-error.js');
const { TARGET } = require('../lib/core/target.js');
const { runChild } = require('./support/child.js');
const { PLATFORM, Project } = require('./support/consumers/project.js');
const { startSource } = require('./support/consumers/server.js');

/** What an installation is mended with, by each package manager. */
const COMMANDS =
  /"npm install --include=optional", "pnpm install", "yarn install", "bun install" or "deno install"/;

/** The head of an executable file for another system. */
const FOREIGN = {
  'darwin-arm64': '\xcf\xfa\xed\xfe\x0c\x00\x00\x01',
  'win32-x64': `MZ${'\0'.repeat(58)}\x40\0\0\0PE\0\0\x64\x86`,
  'linux-riscv64': `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x03\0\xf3\0`,
};

describe('an addon that is missing or does not serve', () => {
  const project = new Project();
  const modules = join(project.folder, 'node_modules');
  const platform = join(modules, PLATFORM.name);
  const installed = join(platform, PLATFORM.file);
  const kept = join(project.folder, 'kept');
  const PROBE = join(project.folder, 'probe.cjs');
  const BOTH = join(project.folder, 'both.cjs');

  before(async () => {
    await project.install((await project.pack()).map(({ path }) => path));
    cpSync(modules, kept, { recursive: true });
    // The error as a program sees that is prepared for it.
    writeFileSync(
      PROBE,
      "try { require('perennial-sse'); } catch (error) {\n" +
        '  const { code, message, cause } = error;\n' +
        '  console.log(JSON.stringify({ code, message, cause: cause?.message }));\n}\n',
    );
  });
  after(() => project.remove());

  /** Does something to what is installed, and undoes it when the test ends. */
  function spoil(t, change) {
    change();
    t.after(() => {
      rmSync(modules, { recursive: true });
      cpSync(kept, modules, { recursive: true });
    });
  }

  /** What requiring the package says; a crash or a hang is none of that. */
  async function said(options) {
    const { code, signal, stdout, stderr } = await runChild(PROBE, options);
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
    const told = JSON.parse(stdout);
    assert.equal(told.code, 'ERR_SSE_ADDON');
    const [first] = told.message.split('\n');
    return { ...told, first };
  }

  test('a package that was left out', async (t) => {
    spoil(t, () => {
      rmSync(platform, { recursive: true });
      const lock = join(project.folder, 'package-lock.json');
      assert.ok(readFileSync(lock, 'utf8').includes(`node_modules/${PLATFORM.name}`));
    });
    const { first, message } = await said();
    assert.ok(
      first.startsWith(`perennial-sse has no addon for ${TARGET}: the package ${PLATFORM.name}`),
    );
    assert.match(
      first,
      /is missing: optional dependencies were left out, or it could not be fetched/,
    );
    assert.match(first, COMMANDS);
    assert.doesNotMatch(message, /napi|npm has a bug|Cannot find native binding/i);
    assert.ok(message.includes(`Node ${process.version}`));
  });

  test('a lock file that was made elsewhere', async (t) => {
    const lock = join(project.folder, 'package-lock.json');
    const text = readFileSync(lock, 'utf8');
    spoil(t, () => {
      rmSync(platform, { recursive: true });
      const { packages, ...rest } = JSON.parse(text);
      delete packages[`node_modules/${PLATFORM.name}`];
      writeFileSync(lock, JSON.stringify({ ...rest, packages }));
    });
    t.after(() => writeFileSync(lock, text));
    const { first } = await said();
    assert.ok(first.includes(`the package ${PLATFORM.name} is missing, also in ${lock}`), first);
    assert.match(
      first,
      /"npm uninstall perennial-sse && npm install perennial-sse", "pnpm install"/,
    );
  });

  test('node_modules of another platform', async (t) => {
    const other = `perennial-sse-${TARGET.startsWith('darwin') ? 'linux-x64-musl' : 'darwin-arm64'}`;
    spoil(t, () => renameSync(platform, join(modules, other)));
    const { first } = await said();
    assert.ok(
      first.includes(`the package ${PLATFORM.name} is missing, and ${other} is there`),
      first,
    );
    assert.match(first, /it was installed for another platform; remove node_modules and type/);
    assert.match(first, COMMANDS);
  });

  test('a package that is there in part', async (t) => {
    for (const left of [['package.json'], []]) {
      spoil(t, () => {
        rmSync(platform, { recursive: true, force: true });
        mkdirSync(platform);
        for (const file of left) cpSync(join(kept, PLATFORM.name, file), join(platform, file));
      });
      const { first } = await said();
      assert.ok(first.includes(`${platform} has no addon in it`), first);
      assert.match(first, /was not installed to its end; remove node_modules and type/);
    }
  });

  test('a file that is no addon', async (t) => {
    for (const text of [
      '',
      '#!/bin/sh\n',
      'version https://git-lfs.github.com/spec/v1\n'.repeat(200),
    ]) {
      spoil(t, () => writeFileSync(installed, text));
      const { first, message, cause } = await said();
      assert.ok(first.includes(`${installed} is no addon; remove node_modules and type`), first);
      // What the system said stands below, and is the cause.
      assert.ok(message.includes(`\n  ${cause}\n`), message);
    }
  });

  test('a file that was cut off ends no process', {
    skip: process.platform !== 'linux',
  }, async (t) => {
    const { length } = readFileSync(installed);
    for (const size of [10, 64, 4096, Math.floor(length / 2), length - 4096, length - 1]) {
      spoil(t, () => {
        cpSync(join(kept, PLATFORM.name, PLATFORM.file), installed);
        truncateSync(installed, size);
      });
      const { first } = await said();
      assert.ok(first.includes(`the end of ${installed} is missing; remove node_modules`), first);
    }
  });

  for (const [made, head] of Object.entries(FOREIGN)) {
    test(`a file for ${made}`, async (t) => {
      spoil(t, () => writeFileSync(installed, Buffer.from(head.padEnd(8192, '\0'), 'latin1')));
      const { first } = await said();
      assert.ok(first.includes(`${installed} is made for ${made}; remove node_modules`), first);
    });
  }

  test('an addon of another version', async (t) => {
    spoil(t, () => {
      const file = join(modules, 'perennial-sse', 'lib', 'core', 'version.js');
      writeFileSync(file, readFileSync(file, 'utf8').replace(version, '99.0.0'));
    });
    const { first } = await said();
    const wanted = `the package ${PLATFORM.name} has version ${version}, and perennial-sse 99.0.0`;
    assert.ok(first.includes(`${wanted}; remove node_modules and type`), first);
  });

  test('an addon that was built here and does not serve gives way to the package', async (t) => {
    const built = join(modules, 'perennial-sse', PLATFORM.file);
    spoil(t, () => writeFileSync(built, 'cut short'));
    const { code, stdout, stderr } = await runChild(PROBE);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    rmSync(platform, { recursive: true });
    const { first } = await said();
    assert.ok(first.includes(`${built} is no addon; remove it, or build it anew with`), first);
  });

  test('`perennial-sse build` says exactly what is missing', async () => {
    const program = join(modules, 'perennial-sse', 'lib', 'cli', 'main.js');
    const nowhere = join(project.folder, 'nowhere');
    const env = { PATH: nowhere, CARGO_HOME: nowhere, CC: join(nowhere, 'cc') };
    const { code, stderr } = await runChild(program, { args: ['build'], env });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /cannot be built: cargo was not found: install Rust from .* \(1\.88 or later\)/,
    );
    if (process.platform !== 'win32')
      assert.match(stderr, /; and no C compiler and linker was found/);
    const help = await runChild(program, { args: ['build', '--help'], env });
    assert.match(
      help.stdout,
      /^perennial-sse build: compiles the native addon[\s\S]*Usage: perennial-sse build\n/,
    );
    const { code: wrong, stderr: why } = await runChild(program, { args: ['build', 'it'], env });
    assert.equal(wrong, 2);
    assert.match(why, /build takes no arguments, got 1/);
  });

  test('two versions beside each other both work, each with its own addon', async (t) => {
    const server = await startSource();
    t.after(() => server.close());
    // The second is another file of the same version, as an application and a dependency may bring.
    const nested = join(modules, 'dependency', 'node_modules');
    spoil(t, () => {
      cpSync(join(kept, 'perennial-sse'), join(nested, 'perennial-sse'), { recursive: true });
      cpSync(platform, join(nested, PLATFORM.name), { recursive: true });
      writeFileSync(
        join(modules, 'dependency', 'index.js'),
        "module.exports = require('perennial-sse');",
      );
      cpSync(join(__dirname, 'support', 'consumers', 'both.cjs'), BOTH);
    });
    const env = { SERVER: server.url };
    const { stdout, stderr } = await runChild(BOTH, { env });
    const { data, addons } = JSON.parse(stdout || 'null') ?? assert.fail(stderr);
    assert.deepEqual(data, [
      ['one', 'two'],
      ['one', 'two'],
    ]);
    assert.deepEqual(addons.sort(), [installed, join(nested, PLATFORM.name, PLATFORM.file)].sort());
  });
});

test('a platform without a package is told how to build one', () => {
  const { code, message } = addonError('sunos-x64', []);
  assert.equal(code, 'ERR_SSE_ADDON');
  assert.match(
    message,
    /^perennial-sse has no addon for sunos-x64: no package is published for this platform; build it from source with "npx perennial-sse build"\n/,
  );
});

test('a glibc that is too old is told of with both versions', {
  skip: !TARGET.endsWith('-gnu'),
}, () => {
  const error = new Error("libc.so.6: version `GLIBC_2.99' not found (required by addon.node)");
  const path = join('node_modules', PLATFORM.name, PLATFORM.file);
  const { message, cause } = addonError(TARGET, [{ path, cutOff: false, error }]);
  const has = process.report.getReport().header.glibcVersionRuntime;
  assert.ok(
    message.includes(`the package ${PLATFORM.name} needs glibc 2.99, and this system has ${has};`),
    message,
  );
  assert.match(message, /newer system, or build it on this one with "npx perennial-sse build"\n/);
  assert.equal(cause, error);
});
