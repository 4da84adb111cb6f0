'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { connect, createPool } = require('../index.js');
const options = require('./support/wrong-options.js');
const wrong = require('./support/wrong-pool-options.js');

const { SECRET, nested, refused, shown } = options;
const { ENDPOINT, SPECIAL, WRONG_CHANGES, WRONG_MEMBERS, WRONG_OPTIONS } = wrong;
const hashOf = (key) => createHash('sha256').update(key).digest('hex').slice(0, 8);

const contract = readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');

/** The members that the contract declares for an interface. */
function members(name) {
  const [, body] = new RegExp(`interface ${name} [^{]*\\{\n([^]*?)\n\\}`).exec(contract);
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member);
}

test('the tables of wrong options know every option of the contract', () => {
  const endpoint = [...members('EndpointOptions'), ...members('PoolEndpoint')];
  assert.deepEqual(endpoint.sort(), Object.keys(WRONG_MEMBERS).sort());
  const breaker = members('BreakerOptions').map((member) => `breaker.${member}`);
  const pool = [...members('PoolOptions'), ...breaker];
  assert.deepEqual(pool.sort(), Object.keys(WRONG_OPTIONS).sort());
});

test('createPool() refuses what it cannot mean, at once, and shows no secret', () => {
  const one = (more) => () => createPool([{ ...ENDPOINT, ...more }]);
  for (const [name, values] of Object.entries(WRONG_MEMBERS)) {
    for (const value of values) {
      refused(one({ [name]: value }), `endpoints[0].${name}`, shown(value));
    }
  }
  for (const [more, name, got] of SPECIAL) refused(one(more), name, got);
  for (const [name, values] of Object.entries(WRONG_OPTIONS)) {
    for (const value of values) {
      refused(() => createPool([ENDPOINT], nested(name, value)), name, shown(value));
    }
  }
  refused(() => createPool([], { breaker: { openFor: 9, maxOpenFor: 8 } }), 'breaker.maxOpenFor');
  refused(() => createPool([], { retries: 1 }), 'unknown option "retries"');
  refused(() => createPool([], { breaker: { rate: 1 } }), 'unknown option "breaker.rate"');
  for (const value of [undefined, null, 'x', {}, 5]) {
    refused(() => createPool(value), 'endpoints', shown(value));
  }
  for (const value of [undefined, null, 'x', 5, []]) {
    refused(() => createPool([ENDPOINT, value]), 'endpoints[1]', shown(value));
  }
  refused(() => createPool([ENDPOINT, ENDPOINT]), 'endpoints[1].name is that of endpoints[0]');
});

test('what is fine is fine, and a pool may be empty', () => {
  const pool = createPool([
    { ...ENDPOINT, name: 'a', weight: 0.1, priority: -1, canary: 1, headers: null },
    { ...ENDPOINT, name: 'b', apiKey: null, prefill: 'vllm', keyHeader: 'X-Mine' },
    { baseUrl: new URL('http://127.0.0.1:8000/v1?x=1'), apiKey: ['one', 'two'], canary: 1e-9 },
  ]);
  const [a, b, c] = pool.endpoints;
  assert.deepEqual([a.name, a.weight, a.priority, a.canary], ['a', 0.1, -1, 1]);
  assert.deepEqual(b.keys, []);
  assert.equal(c.name, '127.0.0.1:8000');
  assert.equal(c.canary, 1 / 10_000, 'the least share is not none');
  assert.deepEqual(createPool([], { breaker: false, cooldown: 0 }).endpoints, []);
  createPool([ENDPOINT], { breaker: { openFor: 120_000 } });
});

test('a pool shows its keys as hashes and nothing else of them', () => {
  const pool = createPool([{ ...ENDPOINT, apiKey: [SECRET, 'other'] }]);
  assert.deepEqual(
    pool.endpoints[0].keys.map(({ key }) => key),
    [hashOf(SECRET), hashOf('other')],
  );
  const texts = [inspect(pool, { depth: 9, showHidden: true }), JSON.stringify(pool)];
  texts.push(JSON.stringify(pool.endpoints));
  for (const text of texts) assert.ok(!text.includes(SECRET), text);
});

test('methods of a pool refuse what they cannot mean', () => {
  const pool = createPool([{ ...ENDPOINT, name: 'a' }]);
  refused(() => pool.add(undefined), 'endpoint', 'undefined');
  refused(() => pool.add({ ...ENDPOINT, weight: 0 }), 'weight', '0');
  refused(() => pool.add({ ...ENDPOINT, name: 'a' }), 'name');
  for (const value of [undefined, 5, null]) {
    refused(() => pool.remove(value), 'name', shown(value));
    refused(() => pool.addKey(value, 'x'), 'name', shown(value));
    refused(() => pool.addKey('a', value), 'key');
    refused(() => pool.removeKey('a', value), 'key');
    refused(() => pool.rotateKey('a', SECRET, value), 'successor');
  }
  refused(() => pool.addKey('b', 'x'), 'name');
  // Who swaps the arguments has given the key.
  refused(() => pool.addKey(SECRET, 'a'), 'name');
  refused(() => pool.rotateKey('b', SECRET, 'x'), 'key');
  refused(() => pool.rotateKey('a', `${SECRET}2`, 'x'), 'key');
  refused(() => pool.revive('b'), 'name');
  for (const name of ['authorization', 'x-request-id', 'X-Request-Attempt']) {
    refused(() => pool.add({ ...ENDPOINT, name: 'c', headers: { [name]: 'x' } }), 'headers');
  }
  assert.equal(pool.removeKey('b', SECRET), false);
  assert.equal(pool.removeKey('a', 'x'), false);
  assert.equal(pool.addKey('a', SECRET), pool, 'it has that key');
  assert.equal(pool.rotateKey('a', hashOf(SECRET), 'next'), pool);
  assert.deepEqual(
    pool.endpoints[0].keys.map(({ key }) => key),
    [hashOf('next')],
  );
});

test('with a pool connect() takes a path that stays below its base URLs', () => {
  const pool = createPool([ENDPOINT]);
  const urls = [
    ...['https://example.com/v1', new URL('https://example.com'), `mailto:${SECRET}`],
    ...[undefined, null, 5, () => '/v1', '../admin', 'a/../../admin', '%2e%2e/admin'],
    ...['\\\\example.com\\', 'a\r\nb'],
  ];
  for (const url of urls) refused(() => connect(url, { pool }), 'url', undefined, String(url));
  for (const url of ['', '/', 'events', '/v1/events?a=1#b', '//example.com/', 'a/../b', 'ü']) {
    connect(url, { pool, affinity: 'somebody' }).close();
  }
});

test('an update refuses what is wrong by name, and changes nothing', () => {
  const pool = createPool([{ ...ENDPOINT, name: 'one', weight: 2 }]);
  for (const [name, values] of Object.entries(WRONG_CHANGES)) {
    for (const value of values) {
      const change = { weight: 3, [name]: value };
      refused(() => pool.update('one', change), `changes.${name}`, shown(value));
    }
  }
  for (const changes of [undefined, null, 5, 'x', []]) {
    refused(() => pool.update('one', changes), 'changes', shown(changes));
  }
  refused(() => pool.update('one', { priority: 1 }), 'unknown option "changes.priority"');
  refused(() => pool.update('two', { weight: 3 }), 'name is that of no endpoint');
  refused(() => pool.update(5, { weight: 3 }), 'name', '5');
  assert.deepEqual([pool.endpoints[0].weight, pool.endpoints[0].canary], [2, 0]);
});
