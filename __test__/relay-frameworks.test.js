'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { after, before, describe, test } = require('node:test');
const { Project } = require('./support/consumers/project.js');
const { deferred, within } = require('./support/deadline.js');
const { startServer } = require('./support/fault-server.js');
const { PATIENCE_MS, startProgram } = require('./support/server-program.js');
const { visit } = require('./support/browser.js');

/** Exact. They are too large to be dependencies of the house. */
const PACKAGES = ['express@5.3.0', 'fastify@5.12.8', 'hono@4.13.19', '@hono/node-server@2.1.9'];

const messages = [{ role: 'user', content: 'Word by word, please.' }];

const word = (content) => {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  return { data: JSON.stringify({ id: 'a', model: 'm', choices }) };
};

describe('the routes of docs/relay.md', () => {
  const project = new Project();
  let upstream;

  before(async () => {
    upstream = await startServer((exchange) => exchange.status(404));
    const paths = (await project.pack()).map(({ path }) => path);
    await project.install([...paths, ...PACKAGES], ['--prefer-offline']);
    project.add('relays');
  });
  after(async () => {
    await upstream?.close();
    project.remove();
  });

  for (const name of ['express', 'fastify', 'hono']) {
    describe(`in ${name}`, () => {
      let server;
      const at = (id) => `http://127.0.0.1:${server.port}/answers/${id}`;
      const stop = async (id) => (await fetch(at(id), { method: 'DELETE' })).json();
      const heard = async (visitor) => {
        const { id, data } = await visitor.next();
        return { id, content: JSON.parse(data).choices[0].delta.content };
      };

      before(async () => {
        server = await startProgram(
          [process.execPath, join(project.folder, 'relays', `${name}.mjs`)],
          {
            cwd: project.folder,
            env: { UPSTREAM: upstream.url },
          },
        );
      });
      after(() => server?.stop());

      test('an answer outlives a reload, and is stopped', async () => {
        const wanted = deferred();
        upstream.handle(async (exchange) => {
          await exchange.event(word('one'));
          await wanted.promise;
          await exchange.event(word('two'));
          await exchange.stall();
        });
        const asked = upstream.requests.length;
        const first = await visit(at('x'), { json: { messages } });
        assert.equal(first.status, 200);
        assert.match(first.headers['content-type'], /^text\/event-stream/);
        const { id, content } = await heard(first);
        assert.equal(content, 'one');
        first.leave();
        const reloaded = await visit(at('x'), { headers: { 'last-event-id': id } });
        const tab = await visit(at('x'));
        assert.equal((await heard(tab)).content, 'one');
        // Sent only now: a framework that held the first one back would hang above.
        wanted.resolve();
        for (const visitor of [reloaded, tab]) {
          assert.equal((await heard(visitor)).content, 'two');
        }
        assert.deepEqual(await stop('x'), { stopped: true });
        for (const visitor of [reloaded, tab]) {
          const { event, data } = await visitor.next();
          assert.equal(event, 'failure');
          assert.equal(JSON.parse(data).error.code, 'ERR_SSE_STOPPED');
        }
        const { connection } = await upstream.request(asked);
        await within(connection.closed, PATIENCE_MS, 'the close of the upstream');
        assert.equal(upstream.requests.length, asked + 1);
        assert.deepEqual(await stop('x'), { stopped: false });
      });

      test('of an answer that does not exist there is nothing', async () => {
        assert.equal((await fetch(at('unknown'))).status, 204);
        assert.deepEqual(await stop('unknown'), { stopped: false });
      });
    });
  }
});
