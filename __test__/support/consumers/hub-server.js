'use strict';

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { visit } = require('../browser.js');
const { PATIENCE_MS, startProgram } = require('../server-program.js');
const { Project, ROOT, run } = require('./project.js');

/** Exact. They are too large to be dependencies of the house. */
const PACKAGES = [
  ...['compression@1.8.2', 'express@5.3.0', '@types/express@5.0.6', '@types/node@20.19.43'],
  ...['fastify@5.12.8', '@fastify/cors@11.4.3', 'hono@4.13.19', '@hono/node-server@2.1.9'],
  ...['koa@3.3.0', 'h3@2.0.8', 'bun@1.4.5', 'deno@2.9.6'],
  ...['@nestjs/common@12.5.1', '@nestjs/core@12.5.1', '@nestjs/platform-express@12.5.1'],
  ...['reflect-metadata@0.2.2', 'rxjs@7.8.2'],
  // The newest that run on Node.js 20.
  ...['@sveltejs/kit@2.70.4', '@sveltejs/adapter-node@5.5.7', 'svelte@5.57.3', 'vite@8.4.0'],
  '@sveltejs/vite-plugin-svelte@7.3.1',
];

/** What the pages of the servers in `hubs` come from. */
const ORIGIN = 'https://app.example';

/** What runs a server, if it is not this Node. */
const RUNTIMES = {
  bun: (project) => [project.program('@oven', 'bin', 'bun')],
  deno: (project) => [project.program('@deno', 'deno'), 'run', '--allow-all', '--no-lock'],
};

/** What has to be built: by which program, and what is run then. */
const BUILT = {
  nest: [[join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')], 'main.js'],
  sveltekit: [
    ['../../node_modules/vite/bin/vite.js', 'build', '--logLevel=error'],
    'build/index.js',
  ],
};

/** A project with the packed package, the servers of the folder `hubs`, and their frameworks. */
async function hubProject() {
  const project = new Project();
  const paths = (await project.pack()).map(({ path }) => path);
  await project.install([...paths, ...PACKAGES], ['--prefer-offline']);
  project.add('hubs');
  return project;
}

/**
 * Starts a server of the folder `hubs`, built if it has to be.
 *
 * @param {import('./project.js').Project} project
 * @param {string} name
 */
async function startHub(project, name) {
  const env = { DENO_NO_UPDATE_CHECK: '1', HOST: '127.0.0.1', PORT: '0' };
  const runtime = RUNTIMES[name]?.(project) ?? [process.execPath];
  let program = join(project.folder, 'hubs', `${name}.mjs`);
  let cwd = project.folder;
  if (name in BUILT) {
    const [build, built] = BUILT[name];
    cwd = join(cwd, 'hubs', name);
    await run(process.execPath, build, { cwd });
    program = join(cwd, built);
  }
  return startProgram([...runtime, program], { cwd, env });
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

module.exports = { ORIGIN, gone, hubProject, remote, startHub };
