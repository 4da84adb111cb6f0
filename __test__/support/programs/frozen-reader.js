'use strict';

/**
 * Reads a stream until `[DONE]`, and prints what came of it. Arguments: the URL, and the time-outs as JSON.
 */
const { connect } = require('../../../index.js');

const [url, timeouts] = process.argv.slice(2);
const stream = connect(url, { terminal: '[DONE]', timeouts: JSON.parse(timeouts), retry: false });
const data = [];
stream.on('event', (event) => data.push(event.data));
stream.on('close', ({ reason, error }) => {
  console.log(JSON.stringify({ data, reason, phase: error?.phase, code: error?.code }));
});
