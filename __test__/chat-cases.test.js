'use strict';

const assert = require('node:assert/strict');
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ask, outcome } = require('./support/answers.js');
const { CASES, SHARED } = require('./support/cases.js');
const { serve } = require('./support/client.js');
const { seeded } = require('./support/random.js');

/** Recorded cases, which a checkout need not have; those in CASES are of the same kinds. */
const FOLDER = path.join(__dirname, '..', '..', 'shared', 'cases', 'llm');

/** How many times a body is cut at random. */
const ROUNDS = 3;

/** A body as it may arrive. */
const ways = (body, random) => [
  ['whole', [body]],
  ['byte by byte', Array.from(body, (_, at) => body.subarray(at, at + 1))],
  ...Array.from({ length: ROUNDS }, (_, round) => [`cut at random, ${round}`, cuts(body, random)]),
];

function cuts(body, random) {
  const pieces = [];
  for (let from = 0; from < body.length; ) {
    const to = from + 1 + Math.floor(random() * 40);
    pieces.push(body.subarray(from, to));
    from = to;
  }
  return pieces;
}

/** What is told of a call; ids and names are the provider's. */
const call = ({ id, name, arguments: args }) => [id, name, args];

function check({ value, error }, right) {
  const { error: expected, content = '', reasoning = '', toolCalls = [], ...rest } = right;
  for (const [name, wanted] of Object.entries(expected ?? {})) {
    if (wanted instanceof RegExp) assert.match(error?.[name] ?? '', wanted);
    else assert.equal(error?.[name], wanted, name);
  }
  if (expected === undefined) assert.ifError(error);
  const message = value ?? error.partial;
  assert.equal(message.content, content);
  assert.equal(message.reasoning, reasoning);
  assert.deepEqual(message.toolCalls.map(call), toolCalls);
  for (const [name, wanted] of Object.entries(rest)) assert.equal(message[name], wanted, name);
}

function run(name, { provider = 'openai', body, right, options }) {
  test(name, async (t) => {
    const bytes = Buffer.from(body);
    for (const [way, pieces] of ways(bytes, seeded(bytes.length).next)) {
      await t.test(way, async (t) => {
        const server = await serve(t, async (exchange) => {
          exchange.head();
          for (const piece of pieces) await exchange.write(piece);
        });
        const answer = ask(t, {
          provider,
          baseUrl: server.url,
          apiKey: null,
          model: 'm',
          messages: [{ role: 'user', content: 'Hello?' }],
          retry: false,
          ...options,
        });
        check(await outcome(answer.message()), right);
        assert.equal(server.requests.length, 1);
      });
    }
  });
}

for (const { what, ...rest } of CASES) run(what, rest);

if (existsSync(FOLDER)) {
  for (const [name, rest] of Object.entries(SHARED)) {
    run(name, { ...rest, body: readFileSync(path.join(FOLDER, name)) });
  }
}
