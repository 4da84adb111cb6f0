'use strict';

// Reads one stream in a process of its own, whose environment is the test's to choose, and prints
// what came of it as JSON. Arguments: the url, and options as JSON.

const { connect } = require('../../../index.js');

async function main() {
  const [url, options] = process.argv.slice(2);
  const given = { method: 'POST', retry: false, ...JSON.parse(options) };
  const data = [];
  try {
    for await (const event of connect(url, given)) data.push(event.data);
    console.log(JSON.stringify({ data }));
  } catch ({ code, phase, message, retryable }) {
    console.log(JSON.stringify({ data, code, phase, message, retryable }));
  }
}

main();
