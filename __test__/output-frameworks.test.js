'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { Project } = require('./support/consumers/project.js');
const { until, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { LAST_CHUNK, visit } = require('./support/raw-visit.js');
const { PATIENCE_MS, startProgram } = require('./support/server-program.js');

/** Exact. They are too large to be dependencies of the house. */
const PACKAGES = [
  ...['hono@4.13.19', '@hono/node-server@2.1.9', 'fastify@5.12.8'],
  ...['bun@1.4.5', 'deno@2.9.6'],
];

const RUNS = 20;

const CODE = 'ERR_SSE_TRUNCATED';
const WORDS = ['a', 'b'].map((content) => {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  return { data: JSON.stringify({ id: 'a', model: 'test-model', choices }) };
});

/** The server programs, and what runs each. */
const SERVERS = {
  hono: () => [process.execPath],
  fastify: () => [process.execPath],
  bun: (project) => [project.program('@oven', 'bin', 'bun')],
  deno: (project) => [project.program('@deno', 'deno'), 'run', '--allow-all', '--no-lock'],
};

/** Starts a server program; its `port`, and `stop`. */
function run(project, name, upstream) {
  const program = join(project.folder, 'servers', `${name}.mjs`);
  return startProgram([...SERVERS[name](project), program], {
    cwd: project.folder,
    env: { UPSTREAM: upstream, DENO_NO_UPDATE_CHECK: '1' },
  });
}

describe('the packed package behind frameworks', () => {
  const project = new Project();
  let upstream;

  before(async () => {
    upstream = await startServer((exchange) => exchange.status(404));
    const paths = (await project.pack()).map(({ path }) => path);
    await project.install([...paths, ...PACKAGES], ['--prefer-offline']);
    project.add('servers');
  });
  after(async () => {
    await upstream?.close();
    project.remove();
  });

  for (const name of Object.keys(SERVERS)) {
    describe(name, () => {
      let server;
      before(async () => {
        server = await run(project, name, upstream.url);
      });
      after(() => server?.stop());

      for (const pause of [0, 100]) {
        test(`the chunk with the error arrives, and the body breaks off (${pause})`, async () => {
          upstream.handle(async (exchange) => {
            for (const word of WORDS) await exchange.event(word);
            await exchange.truncate();
          });
          const visits = Array.from({ length: RUNS }, () => {
            return visit(server.port, { path: '/answer', pause }).whole();
          });
          const heard = await Promise.all(visits);
          const told = heard.filter(({ text }) => text.includes(`"code":"${CODE}"`));
          assert.equal(told.length, RUNS);
          for (const { text } of heard) {
            assert.match(text, /^HTTP\/1.1 200/);
            assert.match(text, /transfer-encoding: chunked/i);
            assert.doesNotMatch(text, LAST_CHUNK);
          }
        });
      }

      test('the last event before a failure arrives', async () => {
        upstream.handle(async (exchange) => {
          await exchange.write('data: first\n\ndata: last\n\n');
          await exchange.truncate();
        });
        const visits = Array.from({ length: 5 }, () => {
          return visit(server.port, { path: '/events' }).whole();
        });
        for (const { text } of await Promise.all(visits)) {
          assert.match(text, /data: last\n/);
          assert.doesNotMatch(text, LAST_CHUNK);
        }
      });

      test('heartbeats arrive between events, and a client that leaves closes upstream', async () => {
        upstream.handle(async (exchange) => {
          await exchange.write('data: first\n\n');
          await exchange.stall();
        });
        const asked = upstream.requests.length;
        const { seen, whole } = visit(server.port, { path: '/events' });
        const beats = () =>
          seen.text.split('\n:\n\n').length + seen.text.split('\r\n:\n\n').length - 2;
        await until(() => beats() >= 2, PATIENCE_MS, 'two heartbeats');
        seen.socket.destroy();
        await whole();
        const { connection } = await upstream.request(asked);
        await within(connection.closed, PATIENCE_MS, 'the close of the upstream');
      });

      test('HEAD is answered without asking the upstream', async () => {
        const asked = upstream.requests.length;
        const { seen, whole } = visit(server.port, { method: 'HEAD', path: '/events' });
        await until(() => seen.text.endsWith('\r\n\r\n'), PATIENCE_MS, 'the head');
        seen.socket.destroy();
        await whole();
        assert.match(seen.text, /^HTTP\/1.1 200/);
        assert.match(seen.text, /content-type: text\/event-stream/i);
        assert.equal(upstream.requests.length, asked);
      });
    });
  }
});
