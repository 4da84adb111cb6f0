'use strict';

const { until } = require('./deadline.js');
const { visit } = require('./relay.js');

/** How long a reader waits for the next event, or the end. */
const PATIENCE_MS = 60_000;

/** What a reader of a run was told, over all its connections. */
class Told {
  /** The data of its events, since the run began anew. */
  data = [];
  /** How often it was told to begin anew. */
  resets = 0;
  /** Connections. */
  visits = 0;
  /** Why the run failed, if it was told so. */
  failure;
  /** Whether it came to the run's own end. */
  done = false;

  /** @param {{ event?: string, data: string }[]} events */
  take(events) {
    for (const { event = 'message', data } of events) {
      if (event === 'reset') {
        this.resets++;
        this.data = [];
      } else if (event === 'failure') this.failure = JSON.parse(data).error;
      else if (event === 'message') this.data.push(data);
    }
  }
}

/**
 * Reads a run until its end, as a browser does that is cut off: at another instance, behind the last id.
 *
 * @param {import('node:test').TestContext} t
 * @param {() => string} next where to read, each time anew
 * @param {{ cut?: () => number }} [options] after how many events of a connection it is cut; never unless told
 * @returns {Promise<Told>}
 */
async function readRun(t, next, { cut = () => Number.POSITIVE_INFINITY } = {}) {
  const told = new Told();
  let lastEventId;
  while (!told.done && told.failure === undefined) {
    const visitor = visit(t, next(), { lastEventId });
    told.visits++;
    const { statusCode } = await visitor.opened();
    const most = cut();
    const complete = await cutAfter(visitor, most);
    told.take(visitor.events);
    // As a browser keeps it: that of an event which came whole.
    lastEventId = visitor.events.findLast(({ id }) => id !== undefined)?.id ?? lastEventId;
    told.done = complete || statusCode === 204;
  }
  return told;
}

/** Leaves after so many events; whether the response was complete before. */
async function cutAfter(visitor, most) {
  let over = false;
  const ended = visitor.ended().finally(() => {
    over = true;
  });
  const enough = () => over || visitor.events.length >= most;
  await until(enough, PATIENCE_MS, 'the end of a run');
  visitor.leave();
  return ended;
}

module.exports = { readRun };
