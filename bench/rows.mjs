// What is measured, against whom, and what Perennial promises at least.

import { HUB_ROWS, HUBS } from './hubs/rows.mjs';
import { RELAY_ROWS, RELAYS } from './relays/rows.mjs';

/** Clients by their file in clients/. */
export const CLIENTS = {
  perennial: 'perennial-sse',
  'perennial-iterator': 'perennial-sse, iterator',
  'perennial-http2': 'perennial-sse, http2',
  'undici-request': 'undici.request + parser',
  'undici-request-http2': 'undici.request, allowH2 + parser',
  'undici-request-http2-shared': 'undici.request, allowH2, shared + parser',
  fetch: 'fetch + parser',
  eventsource: 'eventsource',
  'eventsource-client': 'eventsource-client',
  'eventsource-client-iterator': 'eventsource-client, iterator',
  'undici-eventsource': "undici's EventSource",
  'perennial-chat': 'perennial-sse, text()',
  'perennial-chat-stream': 'perennial-sse, textStream',
  'perennial-chat-listener': 'perennial-sse, listener',
  'chat-undici-request': 'undici.request + parser + JSON.parse',
  'chat-fetch': 'fetch + parser + JSON.parse',
  openai: 'openai',
  anthropic: '@anthropic-ai/sdk',
  ai: 'ai, textStream',
  ...RELAYS,
  ...HUBS,
};

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} title
 * @property {string} work one of works.mjs, or of hubs/works.mjs
 * @property {string} [host]
 * @property {boolean} [tls] with HTTP/2 for clients that offer it
 * @property {string} [query] what the server is asked for
 * @property {string} [checkQuery] and what for the checksum, unless the same
 * @property {string} [dialect] one of dialects.mjs: the clients are those of an answer
 * @property {boolean} [apart] whether the server has a core of its own
 * @property {number} [times] so many times the usual turns in a full run, where chance has a large part
 * @property {boolean} [extra] not in a quick run, unless it is asked for
 * @property {number} [streams]
 * @property {number} [tokens] of one answer
 * @property {string} [child] the program that is measured; child.mjs unless told
 * @property {boolean} [joins] whether each answer gets another reader half-way
 * @property {import('./hubs/rows.mjs').HubTask} [hub] what a hub has to do, which shares its core with nothing
 * @property {string[]} clients Perennial first
 * @property {import('./measures.mjs').Floor[]} floors
 */

const REQUEST = 'undici-request';
const HTTP2 = ['undici-request-http2', 'undici-request-http2-shared'];
const ITERATOR = 'eventsource-client-iterator';
const CHAT_REQUEST = 'chat-undici-request';
const BY_HAND = [CHAT_REQUEST, 'chat-fetch'];

/** Of a long answer: whole laps of the server. */
const ANSWER = 5 * 4096;

/** @type {Row[]} */
export const ROWS = [
  {
    name: 'plain',
    title: 'events of 300 B, full speed, emitter',
    work: 'flood',
    query: 'text=plain',
    clients: [
      'perennial',
      REQUEST,
      'fetch',
      'eventsource',
      'eventsource-client',
      'undici-eventsource',
    ],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 0.5 },
      { measure: 'cpu', against: REQUEST, most: 0.95 },
      { measure: 'rate', against: REQUEST, least: 1.25 },
    ],
  },
  {
    name: 'plain-iterator',
    title: 'the same, iterator',
    work: 'flood',
    query: 'text=plain',
    clients: ['perennial-iterator', ITERATOR],
    floors: [
      { measure: 'jsThread', against: ITERATOR, most: 0.45 },
      { measure: 'rate', against: ITERATOR, least: 1.8 },
    ],
  },
  {
    name: 'short',
    title: 'events of 11 B with ids, emitter',
    work: 'flood',
    query: 'text=short',
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 0.4 },
      { measure: 'rate', against: REQUEST, least: 1.25 },
    ],
  },
  {
    name: 'short-iterator',
    title: 'the same, iterator',
    work: 'flood',
    query: 'text=short',
    clients: ['perennial-iterator', ITERATOR],
    floors: [{ measure: 'rate', against: ITERATOR, least: 1.6 }],
  },
  {
    name: 'chinese',
    title: '300 B with Chinese text, emitter',
    work: 'flood',
    query: 'text=chinese',
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 0.75 },
      { measure: 'cpu', against: REQUEST, most: 1 },
      { measure: 'rate', against: REQUEST, least: 1.1 },
    ],
  },
  {
    name: 'chat',
    title: 'chat chunks, full speed, to text',
    work: 'answers',
    dialect: 'openai',
    query: `text=chat&count=${ANSWER}`,
    tokens: ANSWER,
    clients: ['perennial-chat', 'perennial-chat-stream', ...BY_HAND, 'openai', 'ai'],
    floors: [
      { measure: 'rate', against: BY_HAND, least: 1.8 },
      { measure: 'jsThread', against: BY_HAND, most: 1 / 15 },
      { measure: 'cpu', against: BY_HAND, most: 0.6 },
      { measure: 'rate', against: 'openai', least: 12 },
      { measure: 'jsThread', against: 'openai', most: 1 / 60 },
      { measure: 'rate', against: 'ai' },
      { measure: 'jsThread', against: 'ai' },
    ],
  },
  {
    name: 'anthropic',
    title: 'Anthropic messages, full speed, to text',
    work: 'answers',
    dialect: 'anthropic',
    query: `text=anthropic&count=${ANSWER}`,
    tokens: ANSWER,
    clients: ['perennial-chat', CHAT_REQUEST, 'anthropic'],
    floors: [
      { measure: 'rate', against: CHAT_REQUEST },
      { measure: 'jsThread', against: CHAT_REQUEST },
      { measure: 'rate', against: 'anthropic' },
      { measure: 'jsThread', against: 'anthropic' },
    ],
  },
  {
    name: 'many',
    title: '1,000 streams × 20 events/s, a chunk each',
    work: 'many',
    query: 'text=plain&gap=50000',
    checkQuery: 'text=plain&each',
    streams: 1000,
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 1 / 3 },
      { measure: 'cpu', against: REQUEST, most: 0.85 },
      { measure: 'loopDelay', against: REQUEST, most: 0.6 },
    ],
  },
  {
    name: 'many-tls',
    title: 'the same over TLS',
    work: 'many',
    tls: true,
    query: 'text=plain&http=1&gap=50000',
    checkQuery: 'text=plain&http=1&each',
    streams: 1000,
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 1 / 4 },
      { measure: 'cpu', against: REQUEST, most: 0.85 },
      { measure: 'loopDelay', against: REQUEST },
    ],
  },
  {
    name: 'many-http2',
    title: 'the same over HTTP/2',
    work: 'many',
    tls: true,
    query: 'text=plain&http=2&gap=50000',
    checkQuery: 'text=plain&http=2&each',
    streams: 1000,
    clients: ['perennial-http2', ...HTTP2],
    floors: [
      { measure: 'jsThread', against: HTTP2, most: 1 / 4 },
      { measure: 'cpu', against: HTTP2, most: 0.8 },
      { measure: 'loopDelay', against: HTTP2 },
    ],
  },
  {
    name: 'many-answers',
    title: '1,000 answers × 20 tokens/s, a chunk each',
    work: 'manyAnswers',
    dialect: 'openai',
    query: 'text=chat&gap=50000',
    checkQuery: 'text=chat&each',
    streams: 1000,
    clients: ['perennial-chat-listener', CHAT_REQUEST, 'openai'],
    floors: [
      { measure: 'jsThread', against: CHAT_REQUEST, most: 1 / 3.2 },
      { measure: 'jsThread', against: 'openai', most: 1 / 7 },
      { measure: 'cpu', against: CHAT_REQUEST },
      { measure: 'loopDelay', against: CHAT_REQUEST },
    ],
  },
  ...RELAY_ROWS,
  {
    name: 'open',
    title: '4,000 streams opened by host name',
    work: 'opening',
    host: 'localhost',
    query: 'text=short&gap=3600000000',
    checkQuery: 'text=short',
    streams: 4000,
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'jsThread', against: REQUEST, most: 1 / 3 },
      { measure: 'memory', most: 24 },
    ],
  },
  {
    name: 'open-tls',
    title: '1,000 streams opened over TLS',
    work: 'opening',
    tls: true,
    query: 'text=short&http=1&gap=3600000000',
    checkQuery: 'text=short&http=1',
    streams: 1000,
    clients: ['perennial', REQUEST],
    floors: [
      { measure: 'memory', against: REQUEST, most: 1 },
      { measure: 'jsThread', against: REQUEST },
    ],
  },
  {
    name: 'open-http2',
    title: '1,000 streams opened over HTTP/2',
    work: 'opening',
    tls: true,
    query: 'text=short&http=2&gap=3600000000',
    checkQuery: 'text=short&http=2',
    streams: 1000,
    clients: ['perennial-http2', ...HTTP2],
    floors: [
      { measure: 'memory', against: HTTP2, most: 1 },
      { measure: 'jsThread', against: HTTP2 },
    ],
  },
  {
    name: 'lone',
    title: 'lone events, one stream',
    work: 'lone',
    times: 3,
    query: 'text=short&gap=3700&stamp',
    checkQuery: 'text=short',
    clients: ['perennial', 'fetch'],
    floors: [
      { measure: 'p50', against: 'fetch', most: 1 },
      { measure: 'p99', against: 'fetch', most: 1 },
    ],
  },
  {
    name: 'lone-apart',
    title: 'the same, the server on a core of its own',
    work: 'lone',
    apart: true,
    extra: true,
    query: 'text=short&gap=3700&stamp',
    checkQuery: 'text=short',
    clients: ['perennial', 'fetch'],
    floors: [
      { measure: 'p50', against: 'fetch' },
      { measure: 'p99', against: 'fetch' },
    ],
  },
  {
    name: 'keep',
    title: 'keep 1 event in 1,000 of 1M',
    work: 'keep',
    query: 'text=plain',
    clients: ['perennial'],
    floors: [
      { measure: 'kept', most: 4 },
      { measure: 'heap', most: 4 },
    ],
  },
  ...HUB_ROWS,
];
