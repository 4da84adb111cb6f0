'use strict';

/** A worker that leaves with streams open: by `process.exit`, or because nothing keeps it. */

const { workerData } = require('node:worker_threads');
const { connect } = require('../../../index.js');

const { url, ending } = workerData;
const streams = Array.from({ length: 3 }, () => connect(`${url}/flow`));
let opened = 0;
for (const stream of streams) {
  stream.on('event', () => {});
  stream.on('open', () => {
    opened += 1;
    if (opened < streams.length) return;
    if (ending === 'exit') process.exit(0);
    for (const each of streams) each.unref();
  });
}
