'use strict';

const { encodeEvent } = require('../browser/encode-event.js');
const { SSEOptionError } = require('../core/errors.js');
const check = require('../options/checks.js');
const { ScriptedServer } = require('./scripted-server.js');
const { checkedScript, delay, known, refusalOf, streamOf } = require('./steps.js');

const FAULTS = ['reset', 'truncate', 'stall', 'garbage'];
const OWN = ['events', 'retry'];
const USUAL_EVENTS = 10;
const MOST_EVENTS = 1_000_000;

/**
 * @typedef {InstanceType<typeof import('./exchange.js').Exchange>} Exchange
 * @typedef {import('../../index.js').OutgoingEvent} OutgoingEvent
 *
 * @typedef {object} EventsStep
 * @property {undefined} [refusal]
 * @property {Record<string, string>} headers
 * @property {number} headersDelay
 * @property {number} delay
 * @property {number} events
 * @property {number | undefined} retry
 * @property {'reset' | 'truncate' | 'stall' | 'garbage' | undefined} fault
 *
 * @typedef {EventsStep | { refusal: import('./steps.js').Refusal }} FaultStep
 */

/**
 * See `startFaultServer` in testing.d.ts.
 *
 * @param {unknown} [options]
 */
async function startFaultServer(options) {
  const given = check.group(options, '', ['events', 'script', 'delay', 'resume']);
  const usual = delay(given.delay ?? 0, 'delay');
  const events = eventsOf(given.events ?? USUAL_EVENTS);
  const resume = check.flag(given.resume ?? true, 'resume');
  const script = checkedScript(given.script ?? [], checkedStep(usual));
  const server = new FaultServer({ events, script, resume, last: checkedStep(usual)({}, '') });
  await server.listen();
  return server;
}

/** A server of events that misbehaves as a script says. */
class FaultServer extends ScriptedServer {
  #events;
  #script;
  #resume;
  #last;

  /**
   * @param {object} settings
   * @param {OutgoingEvent[]} settings.events
   * @param {import('./steps.js').Script<FaultStep>} settings.script
   * @param {boolean} settings.resume
   * @param {FaultStep} settings.last what is done when the script is through
   */
  constructor({ events, script, resume, last }) {
    super((exchange) => this.#answer(exchange));
    this.#events = events;
    this.#script = script;
    this.#resume = resume;
    this.#last = last;
  }

  /** @param {Exchange} exchange */
  async #answer(exchange) {
    const { request } = exchange;
    const lastEventId = request.headers['last-event-id'] ?? null;
    Object.assign(request, { lastEventId });
    const place = this.requests.indexOf(request);
    const scripted = Array.isArray(this.#script)
      ? this.#script[place]
      : await this.#script(request);
    const from = this.#resume && lastEventId !== null ? this.#behind(String(lastEventId)) : 0;
    if (scripted === undefined && from === this.#events.length) {
      exchange.head(204, {});
      return exchange.end();
    }
    const step = scripted ?? this.#last;
    if (step.refusal) {
      await exchange.refuse(step.refusal, '');
      return;
    }
    await stream(exchange, step, this.#events.slice(from));
  }

  /**
   * The place behind the event of an id; the beginning for one that is not known.
   *
   * @param {string} id
   */
  #behind(id) {
    return this.#events.findIndex((event) => event.id === id) + 1;
  }
}

/**
 * @param {Exchange} exchange
 * @param {EventsStep} step
 * @param {OutgoingEvent[]} events those that are left
 */
async function stream(exchange, step, events) {
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
  await exchange.wait(step.headersDelay);
  exchange.head(200, { ...headers, ...step.headers });
  if (step.retry !== undefined) await exchange.write(encodeEvent({ retry: step.retry }));
  for (const event of events.slice(0, step.events)) {
    await exchange.wait(step.delay);
    await exchange.write(encodeEvent(event));
    exchange.count();
  }
  if (step.fault === 'reset') exchange.reset();
  else if (step.fault === 'truncate') exchange.truncate();
  else if (step.fault === 'garbage') exchange.garble();
  else if (step.fault === 'stall') await exchange.stall();
  else exchange.end();
}

/**
 * @param {unknown} value
 * @returns {OutgoingEvent[]} each with an id
 */
function eventsOf(value) {
  if (typeof value === 'number') {
    const count = check.whole(value, 'events', { least: 0, most: MOST_EVENTS });
    return Array.from({ length: count }, (_, index) => numbered({}, index));
  }
  if (!Array.isArray(value)) throw check.wrong('events', 'a number, or an array of events', value);
  return value.map((event, index) => {
    const name = `events[${index}]`;
    const given = check.group(event, name, ['event', 'data', 'id', 'retry', 'comment']);
    const whole = numbered(given, index);
    try {
      encodeEvent(whole);
    } catch (cause) {
      throw new SSEOptionError(`${name}: ${cause.message}`, { code: 'ERR_SSE_OPTION', cause });
    }
    return whole;
  });
}

/**
 * @param {OutgoingEvent} event
 * @param {number} index
 */
const numbered = (event, index) => ({
  id: String(index + 1),
  data: `event ${index + 1}`,
  ...event,
});

/**
 * @param {number} delay the delay of steps that have none
 * @returns {(step: unknown, name: string) => FaultStep}
 */
const checkedStep = (delay) => (value, name) => {
  if (value === undefined) throw check.wrong(name, 'a step', value);
  const step = check.group(value, name, known(OWN));
  const refusal = refusalOf(step, name);
  if (refusal) return { refusal };
  if (step.fault !== undefined) check.oneOf(step.fault, `${name}.fault`, FAULTS);
  const events = step.events ?? MOST_EVENTS;
  return {
    ...streamOf(step, name, delay),
    events: check.whole(events, `${name}.events`, { least: 0, most: MOST_EVENTS }),
    retry: step.retry === undefined ? undefined : check.milliseconds(step.retry, `${name}.retry`),
    fault: step.fault,
  };
};

module.exports = { startFaultServer };
