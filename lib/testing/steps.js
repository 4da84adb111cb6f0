'use strict';

const { SSEOptionError } = require('../core/errors.js');
const check = require('../options/checks.js');

/** What a step has that refuses a request, by whether it answers at all. */
const REFUSALS = {
  connection: ['connection', 'headersDelay'],
  status: ['status', 'retryAfter', 'headers', 'body', 'headersDelay'],
};

const SECOND = 1000;
/** What a timer of Node can wait at the most. */
const LONGEST = 2 ** 31 - 1;

/**
 * @template T
 * @typedef {T[] | ((request: any) => T | Promise<T>)} Script
 */

/**
 * @typedef {object} Refusal a step that refuses a request
 * @property {'reset' | 'stall'} [connection]
 * @property {number} [status]
 * @property {Record<string, string>} headers
 * @property {unknown} [body]
 * @property {number} headersDelay
 */

/**
 * What every step may have, and what those of this kind may.
 *
 * @param {readonly string[]} own
 */
const known = (own) => [...new Set([...Object.values(REFUSALS).flat(), 'delay', 'fault', ...own])];

/**
 * @param {unknown} value
 * @param {string} name
 */
function delay(value, name) {
  return check.number(value, name, { least: 0, most: LONGEST, unit: 'milliseconds' });
}

/**
 * A script as it was given: its steps checked, or the function that gives them.
 *
 * @template T
 * @param {unknown} script
 * @param {(step: unknown, name: string) => T} checkedStep
 * @returns {Script<T>}
 */
function checkedScript(script, checkedStep) {
  if (typeof script === 'function') {
    return async (request) => checkedStep(await script(request), 'what script returns');
  }
  if (!Array.isArray(script)) {
    throw check.wrong('script', 'an array of steps, or a function that returns one', script);
  }
  return script.map((step, index) => checkedStep(step, `script[${index}]`));
}

/**
 * @param {Record<string, any>} step
 * @param {string} name
 * @returns {Refusal | null} nothing for a step that answers with a stream
 */
function refusalOf(step, name) {
  const kind = step.connection === undefined ? 'status' : 'connection';
  if (step[kind] === undefined) {
    for (const member of ['retryAfter', 'body']) {
      if (step[member] === undefined) continue;
      throw new SSEOptionError(`${name}.${member} needs ${name}.status; add it or leave it out`);
    }
    return null;
  }
  for (const [member, value] of Object.entries(step)) {
    if (value === undefined || REFUSALS[kind].includes(member)) continue;
    throw new SSEOptionError(`${name} has ${kind} and ${member}; leave out one of the two`);
  }
  const headersDelay = delay(step.headersDelay ?? 0, `${name}.headersDelay`);
  if (kind === 'connection') {
    check.oneOf(step.connection, `${name}.connection`, ['reset', 'stall']);
    return { connection: step.connection, headers: {}, headersDelay };
  }
  const headers = headersOf(step.headers, `${name}.headers`);
  if (step.retryAfter !== undefined) {
    const most = LONGEST / SECOND;
    const seconds = { least: 0, most, unit: 'seconds' };
    headers['retry-after'] = String(check.number(step.retryAfter, `${name}.retryAfter`, seconds));
  }
  return {
    status: check.whole(step.status, `${name}.status`, { least: 200, most: 599 }),
    headers,
    body: step.body,
    headersDelay,
  };
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {Record<string, string>} with names in lower case
 */
function headersOf(value, name) {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw check.wrong(name, 'an object', value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([field, text]) => {
      return [field.toLowerCase(), check.text(text, `${name}["${field}"]`)];
    }),
  );
}

/**
 * @param {Record<string, any>} step
 * @param {string} name
 * @param {number} usual the delay unless the step has one
 */
const streamOf = (step, name, usual) => ({
  headers: headersOf(step.headers, `${name}.headers`),
  headersDelay: delay(step.headersDelay ?? 0, `${name}.headersDelay`),
  delay: step.delay === undefined ? usual : delay(step.delay, `${name}.delay`),
});

module.exports = { checkedScript, delay, known, refusalOf, streamOf };
