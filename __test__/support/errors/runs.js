'use strict';

const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
const path = require('node:path');
const { memoryLog } = require('../../../index.js');
const { serve } = require('../client.js');
const { freshRelay } = require('../relay.js');

const ENTRY = path.join(__dirname, '..', '..', '..', 'index.js');

/** A source that says one thing, and then nothing for ever. */
async function* silent() {
  yield 'one';
  await new Promise(() => {});
}

/** How the run of such a source ends. */
const ended = (title, options, act) => ({
  title,
  async provoke() {
    const relay = freshRelay(options);
    const run = await relay.run('a', () => silent());
    await act?.(relay);
    return (await run.closed).error;
  },
});

/** What can go wrong with a run. */
module.exports = [
  ended('a run that is stopped', {}, (relay) => relay.stop('a')),
  ended('a run whose source is silent', { idle: 50 }),
  ended('a run that is too large', { maxBytes: 5 }),
  {
    title: 'a run whose source throws',
    async provoke() {
      const source = async function* () {
        yield 'one';
        throw new Error('for its author alone');
      };
      const relay = freshRelay();
      await (await relay.run('a', source)).closed;
      return (await (await relay.resume('a')).closed).error;
    },
  },
  {
    title: 'a run whose worker ends',
    async provoke(t) {
      const server = await serve(t, (exchange) => exchange.stall());
      const relay = freshRelay();
      const { name } = relay;
      const worker = new Worker(
        `const { connect, createRelay } = require(${JSON.stringify(ENTRY)});
        const { parentPort } = require('node:worker_threads');
        const source = () => connect(${JSON.stringify(server.url)});
        createRelay({ name: ${JSON.stringify(name)} }).run('a', source)
          .then(() => parentPort.postMessage('running'));`,
        { eval: true },
      );
      await once(worker, 'message');
      const { closed } = await relay.resume('a');
      await worker.terminate();
      return (await closed).error;
    },
  },
  {
    title: 'a log without room',
    async provoke() {
      const relay = freshRelay({ log: memoryLog({ totalBytes: 1 }) });
      const run = await relay.run('a', () => silent());
      await run[Symbol.asyncIterator]().next();
      const error = await relay.run('b', () => silent()).catch((reason) => reason);
      await relay.stop('a');
      return error;
    },
  },
];
