'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const native = require('../index.js');
const browser = require('../lib/browser/index.js');
const { runChild } = require('./support/child.js');
const { bundle } = require('./support/bundle.js');
const { seeded } = require('./support/random.js');

const BROWSER = require.resolve('../lib/browser/index.js');

test('the package for browsers has the same exports, by import and by require', async () => {
  const imported = await import('../lib/browser/index.mjs');
  assert.deepEqual(Object.keys(browser).sort(), Object.keys(native).sort());
  assert.deepEqual(Object.keys(imported).sort(), Object.keys(native).sort());
  for (const [name, value] of Object.entries(imported)) assert.equal(value, browser[name], name);
  assert.equal(browser.version, native.version);
});

test('errors keep their names and their kinship in a bundle that shortens names', async () => {
  const bundled = await bundle(`export * from 'perennial-sse'`, { minify: true, platform: 'node' });
  const { SSEStatusError } = await import(
    `data:text/javascript;base64,${Buffer.from(bundled).toString('base64')}`
  );
  const error = new SSEStatusError('refused', { code: 'ERR_SSE_STATUS' });
  assert.equal(error.name, 'SSEStatusError');
  assert.ok(error instanceof native.SSEStatusError && error instanceof native.SSEError);
  assert.ok(!(error instanceof native.SSEResetError));
});

test('a bundle for an edge runtime loads no part of itself later', async () => {
  for (const condition of ['edge-light', 'workerd']) {
    const bundled = await bundle(`export * from 'perennial-sse'`, {
      conditions: [condition],
      minify: true,
    });
    assert.doesNotMatch(bundled, /\bimport\(|import\.meta|\bdocument\.(?!visibility)/);
  }
});

test('its errors are those of the package, whichever of the two raised them', () => {
  assert.equal(browser.SSEError, native.SSEError);
});

describe('what needs the native core', () => {
  const attempts = {
    'chat()': () => browser.chat({}),
    Hub: () => new browser.Hub(),
    'EventStream.toResponse()': () => {
      const stream = browser.connect('http://127.0.0.1:1/', { retry: false });
      stream.close();
      stream.toResponse();
    },
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    test(`${name} throws an error that names it and says what to do`, () => {
      assert.throws(attempt, (error) => {
        assert.ok(error instanceof native.SSEError);
        assert.equal(error.code, 'ERR_SSE_REQUEST');
        assert.equal(error.retryable, false);
        assert.ok(error.message.startsWith(`${name} needs the native core`), error.message);
        assert.match(error.message, /export const runtime = 'nodejs'/);
        assert.match(error.message, /EventStreamDecoderStream/);
        return true;
      });
    });
  }

  const evaluate = (code) => runChild('-e', { args: [code, BROWSER] });

  test('EventSource is the one of the browser where there is one', async () => {
    const { stdout, stderr } = await evaluate(
      `globalThis.EventSource = class EventSource {};
      console.log(require(process.argv[1]).EventSource === globalThis.EventSource);`,
    );
    assert.equal(stdout, 'true\n', stderr);
  });

  test('EventSource says what to do where there is none', async () => {
    const { stdout, stderr } = await evaluate(
      `delete globalThis.EventSource;
      try { new (require(process.argv[1]).EventSource)('https://example.com/'); }
      catch (error) { console.log(error.message); }`,
    );
    assert.match(stdout, /^EventSource needs the native core/, stderr);
  });

  test('nothing of it is loaded', async () => {
    const { stdout, stderr } = await evaluate(
      `require(process.argv[1]);
      console.log(Object.keys(require.cache).filter((path) =>
        /(binding|native)\\.js$|\\.node$/.test(path)).length);`,
    );
    assert.equal(stdout, '0\n', stderr);
  });
});

describe('encodeEvent for browsers agrees with the native one', () => {
  /** What it returns, or what it throws. */
  const outcome = ({ encodeEvent }, event) => {
    try {
      return encodeEvent(event);
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  };

  test('on the corners', () => {
    const texts = [
      '',
      'a',
      ' a',
      'a\nb',
      'a\r\nb\rc',
      '\n',
      'a\n',
      '\r\n\r\n',
      '漢😀',
      '\ud800',
      'a\0',
    ];
    const events = [
      ...['data', 'comment', 'event', 'id'].flatMap((field) =>
        texts.map((text) => ({ [field]: text })),
      ),
      ...[0, 5, 2 ** 53 - 1, -1, 1.5, Number.NaN, '5', null].map((retry) => ({ retry })),
      { event: 'message', data: 'a' },
      { comment: 'c', retry: 1, event: 'e', id: 'i', data: 'd' },
      { comment: 'alone' },
      { data: 5 },
      { id: undefined, data: 'a', lastEventId: 'x' },
      {},
      null,
      'text',
    ];
    for (const event of events) {
      assert.deepEqual(outcome(browser, event), outcome(native, event), JSON.stringify(event));
    }
  });

  test('on 2,000 random events', () => {
    const atoms = [
      'a',
      ' ',
      ':',
      '\n',
      '\r',
      '\r\n',
      '漢',
      '😀',
      '\u2028',
      '\ufeff',
      'data: x',
      '\0',
    ];
    for (let seed = 1; seed <= 2000; seed++) {
      const random = seeded(seed);
      const text = () =>
        Array.from({ length: random.integer(0, 4) }, () => random.pick(atoms)).join('');
      const event = {};
      for (const field of ['comment', 'event', 'id', 'data']) {
        if (random.chance(0.5)) event[field] = text();
      }
      if (random.chance(0.3)) event.retry = random.integer(0, 100_000);
      assert.deepEqual(outcome(browser, event), outcome(native, event), `seed ${seed}`);
    }
  });
});
