'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { visit } = require('../browser.js');
const { PATIENCE_MS, startProgram } = require('../server-program.js');

/** What the pages of the servers in `hubs` come from. */
const ORIGIN = 'https://app.example';

/** What runs a server, if it is not this Node. */
const RUNTIMES = {
  bun: (project) => [project.program('@oven', 'bin', 'bun')],
  deno: (project) => [project.program('@deno', 'deno'), 'run', '--allow-all', '--no-lock'],
};

/**
 * Starts a server of the folder `hubs`, which has been added to a project.
 *
 * @param {import('./project.js').Project} project
 * @param {string} name
 */
function startHub(project, name) {
  const runtime = RUNTIMES[name]?.(project) ?? [process.execPath];
  return startProgram([...runtime, join(project.folder, 'hubs', `${name}.mjs`)], {
    cwd: project.folder,
    env: { DENO_NO_UPDATE_CHECK: '1' },
  });
}

/**
 * A server of the folder `hubs`, as a test speaks to it.
 *
 * @param {{ port: number }} server
 */
const remote = ({ port }) => {
  const at = (path) => `http://127.0.0.1:${port}${path}`;
  const post = (path, body, headers = {}) =>
    fetch(at(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    at,
    post,
    /** Publishes, and says that it has happened. */
    publish: async (channel, data) => (await post('/publish', { channel, data })).json(),
    /** A client, once it is told who it is. */
    connect: async (user, headers = {}) => {
      const visitor = await visit(at('/events'), {
        headers: { origin: ORIGIN, 'x-user': user, ...headers },
      });
      const { event, id, data } = await visitor.next();
      assert.equal(event, 'connected');
      return { ...visitor, position: id, clientId: JSON.parse(data).clientId };
    },
  };
};

/** Waits until the hub has no client, or is not there any more. */
async function gone(hub) {
  const started = performance.now();
  while (performance.now() - started < PATIENCE_MS) {
    const clients = await fetch(hub.at('/clients')).then(
      (response) => response.json(),
      () => 0,
    );
    if (clients === 0) return;
  }
  throw new Error(`waited ${PATIENCE_MS} ms for the last client to be forgotten`);
}

module.exports = { ORIGIN, gone, remote, startHub };
