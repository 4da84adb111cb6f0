'use strict';

const { execFile } = require('node:child_process');
const { after, test } = require('node:test');
const { promisify } = require('node:util');
const { EXAMPLES } = require('./support/readme-examples.js');
const { SampleFolder } = require('./support/samples.js');
const { PATIENCE_MS, startProgram } = require('./support/server-program.js');

const samples = new SampleFolder();
after(() => samples.remove());

const { NODE_TEST_CONTEXT: _, ...ENVIRONMENT } = process.env;

/** Where a reader of this machine has them. */
const folder = {
  write: (name, code) => samples.write(name, code),
  run: (file, env) =>
    promisify(execFile)(process.execPath, [file], {
      cwd: samples.path,
      env: { ...ENVIRONMENT, ...env },
      timeout: PATIENCE_MS,
    }),
  start: (file, env) => startProgram([process.execPath, file], { cwd: samples.path, env }),
};

for (const [promise, holds] of Object.entries(EXAMPLES)) test(promise, (t) => holds(t, folder));
