'use strict';

/**
 * A process with streams that lives or ends as its scenario has it; it prints what it saw.
 *
 * Arguments: the scenario; the URL.
 */

const { EventSource, connect } = require('../../../index.js');
const { collect } = require('../gc.js');

const [scenario, url] = process.argv.slice(2);
const WAIT = { baseDelay: 400, minDelay: 0, jitter: 'none' };
const print = (event) => console.log(event.data);

/** Resolves when each of some streams has had an event. */
const flowing = (streams) => {
  return Promise.all(streams.map((stream) => new Promise((done) => stream.once('event', done))));
};
const several = () => Array.from({ length: 5 }, () => connect(url));

const SCENARIOS = {
  'an open emitter': () => connect(url, { terminal: 'last' }).on('event', print),
  'an open iterator': async () => {
    for await (const event of connect(url, { terminal: 'last' })) print(event);
  },
  'an open EventSource': () => {
    const source = new EventSource(url);
    source.onmessage = (event) => {
      print(event);
      if (event.data === 'last') source.close();
    };
  },
  'a waiting stream': () => {
    return connect(url, { terminal: 'last', retry: WAIT })
      .on('retry', () => console.log('retry'))
      .on('event', print);
  },
  'unref and ref again': () => {
    return connect(url, { terminal: 'last' }).unref().ref().on('event', print);
  },
  'one of two unrefed': () => {
    connect(url).unref().on('event', print);
    connect(url, { terminal: 'last' }).on('event', () => {});
  },
  'process.exit': async () => {
    await flowing(several());
    process.exit(7);
  },
  'process.exit in a listener': () => connect(url).on('event', () => process.exit(7)),
  'process.exit while dialling': () => {
    several();
    setImmediate(() => process.exit(7));
  },
  'process.exit while callbacks are asked': () => {
    connect(url, {
      headers: () => {
        setImmediate(() => process.exit(7));
        return new Promise(() => {});
      },
    });
  },
  'process.exit while waiting': () => {
    connect(url, { retry: WAIT }).on('retry', () => setImmediate(() => process.exit(7)));
  },
  'process.exit after full speed': () => {
    const streams = several();
    let events = 0;
    for (const stream of streams) {
      stream.on('event', () => {
        events += 1;
        if (events === 5000) process.exit(7);
      });
    }
  },
  'an uncaught exception': async () => {
    await flowing(several());
    throw new Error('uncaught on purpose');
  },
  'unref before the dial': () => connect(url).unref().on('event', print),
  'unref while open': async () => {
    const streams = several();
    await flowing(streams);
    for (const stream of streams) stream.unref();
  },
  'unref of a parked iterator': async () => {
    const stream = connect(url);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    iterator.next();
    stream.unref();
  },
  'unref while waiting': () => {
    const stream = connect(url, { retry: { ...WAIT, baseDelay: 60_000, maxDelay: 60_000 } });
    stream.on('retry', () => stream.unref());
  },
  'unref twice': async () => {
    const other = connect(url).unref();
    const stream = connect(url);
    await flowing([stream, other]);
    stream.unref().unref();
  },
  close: async () => {
    const streams = several();
    await flowing(streams);
    for (const stream of streams) stream.close();
  },
  'close of an unrefed stream': async () => {
    const stream = connect(url).unref();
    const kept = connect(url, { terminal: 'last' }).on('event', print);
    stream.close();
    stream.ref();
    await kept.opened;
  },
  collection: async () => {
    connect(url);
    await collect(20);
  },
};

SCENARIOS[scenario]();
