'use strict';

const options = require('./wrong-options.js');

const { NO_DELAYS, NO_GROUPS, NO_NUMBERS, NO_SIZES, NO_TIMES, SECRET } = options;

const ENDPOINT = { baseUrl: 'https://api.example.com/v1', apiKey: SECRET };

/** Members of an endpoint, and values that are none of it. */
const WRONG_MEMBERS = {
  baseUrl: [],
  apiKey: [],
  keyHeader: [5, null, {}],
  prefill: ['nobody', 5, null],
  done: ['stop', '', 5, null],
  name: [5, null, {}, []],
  weight: [...NO_NUMBERS, 0, -1, null],
  priority: [...NO_NUMBERS, 0.5, null, 2 ** 31],
  canary: [...NO_NUMBERS, 0, -0.1, 1.1, null],
  headers: [],
};

/** What an update changes, and values that are none of it. */
const WRONG_CHANGES = {
  weight: [...NO_NUMBERS, 0, -1, null],
  canary: [...NO_NUMBERS, 0, -0.1, 1.1],
};

/** Members of the options, and values that are none of it. */
const WRONG_OPTIONS = {
  cooldown: [...NO_DELAYS, null],
  breaker: NO_GROUPS,
  'breaker.window': [...NO_TIMES, null],
  'breaker.requests': [...NO_SIZES, null],
  'breaker.failures': [...NO_NUMBERS, 0, 1.1, null],
  'breaker.openFor': [...NO_TIMES, null],
  'breaker.maxOpenFor': [...NO_TIMES, null],
};

const SPECIAL = [
  [{ baseUrl: SECRET }, 'endpoints[0].baseUrl'],
  [{ baseUrl: `https://me:${SECRET}@example.com` }, 'endpoints[0].baseUrl'],
  [{ apiKey: undefined }, 'endpoints[0].apiKey is missing'],
  [{ apiKey: [SECRET, 5] }, 'endpoints[0].apiKey[1]'],
  [{ prefill: { style: 'kimi', echo: 1 } }, 'endpoints[0].prefill.echo', '1'],
  [{ name: '' }, 'endpoints[0].name'],
  [{ name: 'a\nb' }, 'endpoints[0].name'],
  [{ name: 'a\ud83d' }, 'endpoints[0].name must be well-formed'],
  [{ apiKey: [`${SECRET}\ud83d`] }, 'endpoints[0].apiKey[0] must be well-formed'],
  [{ headers: SECRET }, 'endpoints[0].headers'],
  [{ headers: { [`x: ${SECRET}`]: '' } }, 'endpoints[0].headers has an invalid name'],
  [{ headers: { host: SECRET } }, 'endpoints[0].headers must not set "host"'],
  [{ headers: { 'x-key': `${SECRET}\n` } }, 'x-key'],
  [{ model: 'm' }, 'unknown option "endpoints[0].model"'],
];

module.exports = { ENDPOINT, SPECIAL, WRONG_CHANGES, WRONG_MEMBERS, WRONG_OPTIONS };
