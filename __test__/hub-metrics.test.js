'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { test } = require('node:test');
const { PATIENCE_MS } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { debianProgram } = require('./support/debian.js');
const { counts, freshHub, startHubApp, visit } = require('./support/hub.js');

/** The text of metrics as Prometheus reads it: one sample a line, each below its type. */
function samples(text) {
  assert.ok(text.endsWith('\n'));
  const found = new Map();
  let metric;
  for (const line of text.trimEnd().split('\n')) {
    const described = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line);
    if (described) {
      if (described[1] === 'TYPE') metric = { name: described[2], type: described[3] };
      continue;
    }
    const [, name, labels, value] = /^(\w+)\{(.*)\} (\d+)$/.exec(line) ?? assert.fail(line);
    assert.equal(name, metric.name);
    assert.equal(metric.type, name.endsWith('_total') ? 'counter' : 'gauge');
    const key = `${name}{${labels}}`;
    assert.ok(!found.has(key), `${key} once`);
    found.set(key, Number(value));
  }
  return found;
}

test('metrics say what stats say', async (t) => {
  const app = await startHubApp(t, { client: () => ({ user: 'ann', channels: ['a', 'b'] }) });
  const { hub } = app;
  const visitors = [visit(t, app.url), visit(t, app.url)];
  for (const visitor of visitors) await visitor.heard(1);
  await hub.publish('a', { data: 'one' });
  await hub.broadcast({ data: 'two' });
  for (const visitor of visitors) await visitor.heard(3);
  visitors[0].leave();
  await counts(hub, 1);
  const stats = hub.stats();
  assert.equal(stats.published, 2);
  assert.equal(stats.closed.left, 1);
  const text = hub.metrics();
  const found = samples(text);
  const of = (name, more = '') => found.get(`perennial_hub_${name}{hub="${hub.name}"${more}}`);
  assert.equal(of('clients'), 1);
  assert.equal(of('users'), 1);
  assert.equal(of('channels'), 2);
  assert.equal(of('stalled_clients'), 0);
  assert.equal(of('behind_clients'), 0);
  assert.equal(of('log_bytes'), stats.log.bytes);
  assert.equal(of('published_total'), 2);
  assert.equal(of('deliveries_total'), stats.deliveries);
  assert.equal(of('sent_bytes_total'), stats.bytes);
  assert.equal(of('refused_total'), 0);
  for (const [reason, count] of Object.entries(stats.closed)) {
    assert.equal(of('closed_total', `,reason="${reason}"`), count);
  }
  const numbers = ['clients', 'users', 'channels', 'stalled', 'behind', 'published', 'deliveries'];
  const more = ['bytes', 'heartbeats', 'gaps', 'lagged', 'refused'];
  assert.deepEqual(
    Object.keys(stats).toSorted(),
    [...numbers, ...more, 'log', 'closed'].toSorted(),
  );
});

test('what is sent is counted as it is', async (t) => {
  const app = await startHubApp(t, { hub: { heartbeat: 50 } });
  const visitor = visit(t, app.url);
  await visitor.heard(1);
  const greeting = ':\n\n'.length;
  await visitor.read(visitor.text.length + 3 * greeting);
  visitor.leave();
  await counts(app.hub, 0);
  const { heartbeats } = app.hub.stats();
  assert.ok(heartbeats >= 3);
});

test('a name with quotes stays one label', () => {
  const hub = freshHub({ name: 'a "b"\\\nc' });
  assert.ok(hub.metrics().includes('perennial_hub_clients{hub="a \\"b\\"\\\\\\nc"} 0\n'));
});

const promtool = debianProgram('promtool', 'prometheus');
const skip = promtool === undefined && 'promtool is not to be had';

test('promtool finds nothing wrong', { skip }, async () => {
  const { path, env } = promtool;
  const child = spawn(path, ['check', 'metrics'], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  child.stdin.end(freshHub().metrics());
  const code = await within(
    new Promise((resolve) => child.once('close', resolve)),
    PATIENCE_MS,
    'promtool',
  );
  assert.deepEqual([code, said], [0, '']);
});
