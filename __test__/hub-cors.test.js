'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { startHubApp, visit } = require('./support/hub.js');

const MINE = 'https://app.example';
const OTHER = 'https://other.example';
const PREFLIGHT = {
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization',
};

/** The headers that a browser looks at, of one that has them. */
async function ask(t, app, { origin, method = 'GET', headers = {} } = {}) {
  const said = origin === undefined ? headers : { ...headers, origin };
  const visitor = visit(t, app.url, { method, headers: said });
  const { statusCode, headers: answered } = await visitor.opened();
  const cors = Object.entries(answered).filter(([name]) => /^(access-control-|vary$)/.test(name));
  if (method !== 'GET') await visitor.ended();
  return { status: statusCode, text: visitor.text, ...Object.fromEntries(cors) };
}

for (const output of ['connect', 'response']) {
  test(`${output}: one origin, with credentials`, async (t) => {
    const cors = { origin: MINE, credentials: true };
    const app = await startHubApp(t, { output, hub: { cors } });
    const allowed = {
      'access-control-allow-origin': MINE,
      'access-control-allow-credentials': 'true',
    };
    const { text: _, ...answered } = await ask(t, app, { origin: MINE });
    assert.deepEqual(answered, {
      status: 200,
      ...allowed,
      'access-control-expose-headers': 'Retry-After',
      vary: 'Origin',
    });
    for (const origin of [OTHER, `${MINE}.evil.example`, 'null', undefined]) {
      const { text: _, ...refused } = await ask(t, app, { origin });
      assert.deepEqual(refused, { status: 200, vary: 'Origin' }, origin);
    }
    const preflight = { method: 'OPTIONS', headers: PREFLIGHT };
    assert.deepEqual(await ask(t, app, { origin: MINE, ...preflight }), {
      status: 204,
      text: '',
      ...allowed,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': 'authorization, cache-control, content-type, last-event-id',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    const refused = await ask(t, app, { origin: OTHER, ...preflight });
    assert.deepEqual(refused, { status: 204, text: '', vary: 'Origin' });
    const head = await ask(t, app, { origin: MINE, method: 'HEAD' });
    assert.equal(head['access-control-allow-origin'], MINE);
    assert.equal(app.hub.stats().clients, 5, 'of a preflight and a HEAD there is none');
    const ended = app.clients.slice(5).map(({ closed }) => closed);
    for (const closed of ended) assert.deepEqual(await closed, { reason: 'answered' });
    assert.equal(ended.length, output === 'connect' ? 3 : 0);
  });

  test(`${output}: any origin, without credentials`, async (t) => {
    const cors = { origin: '*', headers: ['X-Token'], maxAge: 1500 };
    const app = await startHubApp(t, { output, hub: { cors } });
    const { text: _, ...answered } = await ask(t, app, { origin: OTHER });
    assert.deepEqual(answered, {
      status: 200,
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Retry-After',
    });
    const preflight = await ask(t, app, { origin: OTHER, method: 'OPTIONS', headers: PREFLIGHT });
    assert.equal(preflight['access-control-allow-headers'], 'x-token');
    assert.equal(preflight['access-control-max-age'], '2');
    assert.equal(preflight['access-control-allow-credentials'], undefined);
  });

  test(`${output}: without cors nothing is said`, async (t) => {
    const app = await startHubApp(t, { output });
    const { text: _, ...answered } = await ask(t, app, { origin: MINE });
    assert.deepEqual(answered, { status: 200 });
    const preflight = await ask(t, app, { origin: MINE, method: 'OPTIONS', headers: PREFLIGHT });
    assert.deepEqual(preflight, { status: 204, text: '' });
  });

  test(`${output}: a function decides for each origin, and only true means yes`, async (t) => {
    const asked = [];
    const origin = (one, request) => {
      asked.push([one, new URL(request.url, 'http://app').pathname]);
      return { [MINE]: true, [OTHER]: Promise.resolve(true) }[one];
    };
    const app = await startHubApp(t, { output, hub: { cors: { origin, credentials: true } } });
    const mine = await ask(t, app, { origin: MINE });
    assert.equal(mine['access-control-allow-origin'], MINE);
    const other = await ask(t, app, { origin: OTHER });
    assert.equal(other['access-control-allow-origin'], undefined);
    await ask(t, app);
    assert.deepEqual(asked, [
      [MINE, '/events'],
      [OTHER, '/events'],
    ]);
  });

  test(`${output}: a refusal, too, may be read by the page`, async (t) => {
    const app = await startHubApp(t, { output, hub: { maxClients: 1, cors: { origin: MINE } } });
    await ask(t, app, { origin: MINE });
    const visitor = visit(t, app.url, { headers: { origin: MINE } });
    assert.equal(await visitor.ended(), true);
    assert.equal(visitor.response.headers['access-control-allow-origin'], MINE);
    assert.match(visitor.text, /^retry: \d+\n\n$/);
  });
}

test('several origins are told apart', async (t) => {
  const origins = [MINE, 'http://localhost:3000', 'capacitor://localhost'];
  const app = await startHubApp(t, { hub: { cors: { origin: origins } } });
  for (const origin of origins) {
    const { 'access-control-allow-origin': allowed } = await ask(t, app, { origin });
    assert.equal(allowed, origin);
  }
  const { 'access-control-allow-origin': none } = await ask(t, app, {
    origin: 'http://localhost:3001',
  });
  assert.equal(none, undefined);
});

test('what the response varies by already is kept', async (t) => {
  for (const [before, after] of [
    ['Accept-Encoding', 'Accept-Encoding, Origin'],
    [['Accept', 'Cookie'], 'Accept, Cookie, Origin'],
    ['accept, ORIGIN', 'accept, ORIGIN'],
    ['*', '*'],
    ['X-Origin', 'X-Origin, Origin'],
  ]) {
    const prepare = (response) => response.setHeader('Vary', before);
    const app = await startHubApp(t, {
      output: 'connect',
      prepare,
      hub: { cors: { origin: MINE } },
    });
    const { vary } = await ask(t, app, { origin: MINE });
    assert.equal(vary, after);
  }
});

test('a function that throws says nothing, and is told of', async (t) => {
  const failure = new Error('for its author alone');
  const origin = () => {
    throw failure;
  };
  const app = await startHubApp(t, { hub: { cors: { origin } } });
  const warned = new Promise((resolve) => process.once('warning', resolve));
  const { 'access-control-allow-origin': none } = await ask(t, app, { origin: MINE });
  assert.equal(none, undefined);
  const warning = await within(warned, PATIENCE_MS, 'the warning');
  assert.equal(warning.name, 'UnwatchedHubWarning');
  assert.ok(!warning.message.includes(failure.message));
  const errors = [];
  app.hub.on('error', (error) => errors.push(error));
  await ask(t, app, { origin: MINE });
  assert.equal(errors.length, 1);
  assert.equal(errors[0].code, 'ERR_SSE_CALLBACK');
  assert.equal(errors[0].cause, failure);
});
