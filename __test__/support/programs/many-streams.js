'use strict';

// Opens many streams by host name at once and prints, as JSON, how many opened, the most threads
// this process had meanwhile, and the milliseconds it took. Arguments: the url, and how many.

const { connect } = require('../../../index.js');
const { threads } = require('../proc.js');

async function main() {
  const [url, count] = process.argv.slice(2);
  const before = threads();
  const started = performance.now();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, threads());
  }, 1);
  const streams = Array.from({ length: Number(count) }, () => connect(url));
  const opened = await Promise.allSettled(streams.map((stream) => stream.opened));
  clearInterval(watch);
  const ms = performance.now() - started;
  const failure = opened.find(({ status }) => status === 'rejected')?.reason?.message;
  const fulfilled = opened.filter(({ status }) => status === 'fulfilled').length;
  console.log(JSON.stringify({ opened: fulfilled, failure, threads: most - before, ms }));
  for (const stream of streams) stream.close();
}

main();
