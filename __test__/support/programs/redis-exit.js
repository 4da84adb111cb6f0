'use strict';

// A hub, a relay and a store in a Redis, none of which keeps the process alive once they have nothing to do. Says what
// became of what it asked, and ends by itself.

const { createHub, createRelay, redisLog, redisStore } = require('../../../index.js');

const [url] = process.argv.slice(2);
const where = { url, timeouts: { connect: 1000 } };
const log = redisLog(where);
const outcome = (promise) =>
  promise.then(
    () => 'done',
    ({ code }) => code,
  );

async function main() {
  const source = async function* () {
    yield 'one';
  };
  const said = await Promise.all([
    outcome(createHub({ log }).users()),
    outcome(createRelay({ log }).run('a', source)),
    outcome(redisStore(where).set('a', 'x')),
  ]);
  console.log(JSON.stringify(said));
}

main();
