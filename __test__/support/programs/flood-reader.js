'use strict';

// Reads a steady stream twice, with the product and with `node:http`, while the product reads a flood
// beside it, and tells its parent how late each event was. What delays both is the machine or this
// thread; what delays the first alone is the product.
//
// Arguments: the url of the steady server; that of the flood, or nothing to do without; how many events
// are heard, and in how many rounds, in each of which the flood begins anew.

const http = require('node:http');
const { connect } = require('../../../index.js');
const { PATIENCE_MS } = require('../client.js');
const { CoreWaits } = require('../core-waits.js');
const { until } = require('../deadline.js');

const [steady, flood, events, rounds] = process.argv.slice(2);

const MS = 1e6;
const now = () => Number(process.hrtime.bigint()) / MS;

async function main() {
  const own = [];
  const control = new Map();
  let cores;
  const stream = connect(steady, { retry: false });
  stream.on('event', ({ data }) => {
    const [sent, took] = data.split(' ').map((time) => Number(time) / MS);
    const late = now() - sent;
    cores?.look();
    if (own.length > 0) own.at(-1).took = took;
    own.push({ sent, late, waited: cores?.since(sent) });
  });
  http.get(steady, (response) => {
    response.setEncoding('utf8').on('data', (text) => {
      for (const [, stamp] of text.matchAll(/data: (\d+) /g)) {
        const sent = Number(stamp) / MS;
        control.set(sent, now() - sent);
      }
    });
  });
  await until(() => own.length > 10 && control.size > 10, PATIENCE_MS, 'the steady streams');
  cores = new CoreWaits(/^perennial-io/);
  setInterval(() => cores.look(), 1);

  const starts = [];
  const states = [];
  for (let round = 0; round < Number(rounds); round++) {
    starts.push(own.length);
    const hostile = flood === '' ? undefined : connect(flood, { retry: false });
    hostile?.on('event', () => {});
    const enough = own.length + Number(events);
    await until(() => own.length >= enough, 6 * PATIENCE_MS, 'the steady stream');
    if (hostile) states.push(hostile.retryState.state);
    hostile?.close();
  }
  // Of the last one neither is known how long it took to send, nor whether both have it.
  const end = own.length - 1;
  const delays = starts.map((start, round) => {
    const both = own.slice(start, starts[round + 1] ?? end).filter(({ sent }) => control.has(sent));
    return both.map(({ sent, late, waited, took }) => [late, control.get(sent), waited + took]);
  });
  process.send({ delays, states });
}

process.once('disconnect', () => process.exit());
main();
