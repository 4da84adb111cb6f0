'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join, relative, sep } = require('node:path');
const { describe, test } = require('node:test');
const { pathToFileURL } = require('node:url');
const perennial = require('../index.js');
const { serve } = require('./support/client.js');

const ROOT = join(__dirname, '..');

const CLASSES = [
  ...['ChatStream', 'Client', 'EndpointPool', 'EventSource', 'EventStream'],
  ...['EventStreamDecoder', 'EventStreamDecoderStream', 'Hub', 'Relay', 'Run'],
];

const DOOR = JSON.stringify(join(ROOT, 'index.js'));
const HUBS = JSON.stringify(join(ROOT, 'lib', 'server', 'hub.js'));

/** How a program loads the package, as `perennial`. */
const LOAD = {
  import: `import * as perennial from ${JSON.stringify(pathToFileURL(join(ROOT, 'index.mjs')))};
    import { createRequire } from 'node:module';
    const require = createRequire(${DOOR});`,
  require: `const perennial = require(${DOOR});`,
};

/** What an expression is in such a program, after these statements. */
function evaluated(how, statements, expression) {
  const program = `${LOAD[how]}\n${statements}\nconsole.log(JSON.stringify(${expression}));`;
  const args = ['--input-type', how === 'import' ? 'module' : 'commonjs', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** The modules of lib/ that such a program has loaded. */
function loaded(how, statements = '') {
  return evaluated(how, statements, 'Object.keys(require.cache)')
    .map((path) => relative(ROOT, path).split(sep).join('/'))
    .filter((path) => path.startsWith('lib/'));
}

for (const how of ['import', 'require']) {
  describe(how, () => {
    test('loads what every program needs, and nothing of streams, answers, runs and hubs', () => {
      const paths = loaded(how);
      const others = paths.filter((path) => !path.startsWith('lib/core/'));
      assert.deepEqual(others, []);
      assert.ok(paths.length < 10, paths.join(' '));
    });

    test('loads a class with its first use, and no other', () => {
      const paths = loaded(how, 'perennial.EventSource.prototype');
      assert.ok(paths.includes('lib/stream/event-source.js'));
      assert.ok(!paths.includes('lib/chat/stream.js'));
    });

    test('knows instances that were made before their class was used', () => {
      const hub = `const hub = perennial.createHub();`;
      const told = '[hub instanceof perennial.Hub, hub.constructor === perennial.Hub]';
      assert.deepEqual(evaluated(how, hub, told), [true, true]);
    });

    test('knows instances of a class that another part of the package loaded', () => {
      const hub = `const hub = require(${HUBS}).createHub();`;
      const told = '[hub.constructor === perennial.Hub, hub instanceof perennial.Hub]';
      assert.deepEqual(evaluated(how, hub, told), [true, true]);
    });
  });
}

test('a class that was loaded before the door is what the door gives', () => {
  const program = `const hub = require(${HUBS}).createHub();
    const { Hub } = require(${DOOR});
    console.log(hub.constructor === Hub, hub instanceof Hub)`;
  const printed = execFileSync(process.execPath, ['--eval', program], { encoding: 'utf8' });
  assert.equal(printed.trim(), 'true true');
});

// Each in a process of its own: the first use is the one that counts.
for (const [use, wanted] of [
  ['EventSource.name', 'EventSource'],
  ['EventSource.length', 1],
  ['EventSource.OPEN', 1],
  ['typeof EventSource', 'function'],
  ["'CLOSED' in EventSource", true],
  ['Object.keys(EventSource)', ['CONNECTING', 'OPEN', 'CLOSED']],
  ['Object.getPrototypeOf(EventSource) === EventTarget', true],
  ['{} instanceof EventSource', false],
]) {
  test(`${use} is the same if it is the first use of the class`, () => {
    assert.deepEqual(evaluated('require', 'const { EventSource } = perennial;', use), wanted);
  });
}

test('a class is the constructor of its instances, and cannot be called', () => {
  for (const name of CLASSES) {
    const Class = perennial[name];
    assert.equal(Class.name, name);
    assert.equal(Class.prototype.constructor, Class, name);
    assert.throws(() => Class(), TypeError, name);
    assert.ok(!({} instanceof Class), name);
    assert.ok(!(null instanceof Class), name);
  }
});

test('a class of a user extends one of the package', async (t) => {
  const server = await serve(t, (exchange) => exchange.stall());
  class Source extends perennial.EventSource {
    get host() {
      return new URL(this.url).host;
    }
  }
  const source = new Source(server.url);
  t.after(() => source.close());
  assert.equal(source.host, new URL(server.url).host);
  assert.ok(source instanceof Source);
  assert.ok(source instanceof perennial.EventSource);
  assert.ok(source instanceof EventTarget);
  assert.equal(source.constructor, Source);
  assert.equal(Source.CLOSED, 2);
});

test('a test may replace a method of a class, and an export', (t) => {
  t.mock.method(perennial.EventStreamDecoder.prototype, 'feed', () => 'mocked');
  const decoder = new perennial.EventStreamDecoder({ onEvent() {} });
  assert.equal(decoder.feed(), 'mocked');
  t.mock.method(perennial, 'encodeEvent', () => 'mocked');
  assert.equal(perennial.encodeEvent(), 'mocked');
  t.mock.restoreAll();
  assert.equal(perennial.encodeEvent({ data: 'x' }), 'data: x\n\n');
});
