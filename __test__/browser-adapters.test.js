'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');

/** What adapters say where a bundler chose the package without the addon; `register` has nothing to do there. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  import * as express from 'perennial-sse/express';
  import * as fastify from 'perennial-sse/fastify';
  import * as hono from 'perennial-sse/hono';
  import * as jwt from 'perennial-sse/jwt';
  import * as next from 'perennial-sse/next';
  import * as resumable from 'perennial-sse/resumable-stream';
  import * as testing from 'perennial-sse/testing';
  const require = createRequire(import.meta.url);
  const told = {};
  const adapters = { express, fastify, hono, jwt, next, 'resumable-stream': resumable, testing };
  for (const [path, imported] of Object.entries(adapters)) {
    const required = require('perennial-sse/' + path);
    for (const [name, value] of Object.entries(required)) {
      if (imported[name] !== value) throw new Error(name + ' differs');
      try {
        value();
        told[name] = 'nothing';
      } catch ({ code, message }) {
        told[name] = code + ' ' + message.split(' ', 3).join(' ');
      }
    }
  }
  const addon = Object.keys(require.cache).filter((path) => /binding|\\.node$/.test(path));
  console.log(JSON.stringify({ told, addon }));
`;

for (const condition of ['browser', 'edge-light', 'workerd']) {
  test(`under the condition ${condition} adapters say what to do, without the addon`, () => {
    const printed = execFileSync(
      process.execPath,
      ['-C', condition, '--input-type=module', '-e', PROGRAM],
      { cwd: join(__dirname, '..'), encoding: 'utf8', timeout: 30_000 },
    );
    assert.deepEqual(JSON.parse(printed), {
      told: {
        answerRoutes: 'ERR_SSE_REQUEST answerRoutes() needs the',
        register: 'nothing',
        withPerennial: 'ERR_SSE_REQUEST withPerennial() needs the',
        hubPlugin: 'ERR_SSE_REQUEST hubPlugin() needs the',
        hubRoutes: 'ERR_SSE_REQUEST hubRoutes() needs the',
        streamSSE: 'ERR_SSE_REQUEST streamSSE() needs the',
        jwtAuthorizer: 'ERR_SSE_REQUEST jwtAuthorizer() needs the',
        createResumableStreamContext: 'ERR_SSE_REQUEST createResumableStreamContext() needs the',
        startFaultServer: 'ERR_SSE_REQUEST startFaultServer() needs the',
        startProvider: 'ERR_SSE_REQUEST startProvider() needs the',
      },
      addon: [],
    });
  });
}
