'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ask, hear, iterate, joined, outcome } = require('./support/answers.js');
const { serve } = require('./support/client.js');
const { within } = require('./support/deadline.js');
const { seeded } = require('./support/random.js');

const COUNT = 300;
const WORDS = ['river ', '流れ ', '🌊 ', 'ü ', 'delta ', '"q" '];

/** The words of an answer, which its number determines. */
const wordsOf = (number) => {
  const { integer, pick } = seeded(number);
  return Array.from({ length: integer(5, 60) }, () => pick(WORDS));
};

const chunk = (choices) => ({ data: JSON.stringify({ id: 'x', model: 'm', choices }) });
const delta = (part) => chunk([{ index: 0, delta: part, finish_reason: null }]);

/** Answers each with its own words: some of them thoughts, some arguments, the others text. */
const tell = async (exchange) => {
  const number = Number(JSON.parse(exchange.request.body).messages[0].content);
  for (const [index, word] of wordsOf(number).entries()) {
    if (index % 5 === 0) await exchange.event(delta({ reasoning_content: word }));
    else if (index % 7 === 0) {
      const call = {
        index: index % 3,
        id: `c${index % 3}`,
        function: { name: 'f', arguments: word },
      };
      await exchange.event(delta({ tool_calls: [call] }));
    } else await exchange.event(delta({ content: word }));
    if (index % 8 === 0) await exchange.sleep(1);
  }
  await exchange.event(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]));
  await exchange.event({ data: '[DONE]' });
};

/** What the answer with this number must come to. */
function expected(number) {
  const words = wordsOf(number);
  const kind = (index) => (index % 5 === 0 ? 'thought' : index % 7 === 0 ? 'call' : 'text');
  const of = (wanted) => words.filter((_, index) => kind(index) === wanted).join('');
  return { content: of('text'), reasoning: of('thought') };
}

const optionsOf = (server, number) => ({
  baseUrl: server.url,
  apiKey: null,
  model: 'm',
  messages: [{ role: 'user', content: String(number) }],
});

/** How an answer may be taken, all at the same time. */
const TAKERS = [
  async (answer) => {
    const { content, reasoning } = await answer.message();
    return { content, reasoning };
  },
  async (answer) => {
    const { parts } = await iterate(answer);
    return { content: joined(parts, 'content'), reasoning: joined(parts, 'reasoning') };
  },
  async (answer) => {
    const heard = await hear(answer);
    return { content: heard.text, reasoning: heard.of('reasoning').join('') };
  },
  async (answer) => {
    const text = await (await answer.toResponse()).text();
    const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json));
    const told = (name) => chunks.map(({ choices: [one] }) => one?.delta[name] ?? '').join('');
    return { content: told('content'), reasoning: told('reasoning_content') };
  },
];

test(`${COUNT} answers at the same time are each their own`, async (t) => {
  const server = await serve(t, tell);
  const task = async (number) => {
    const answer = ask(t, optionsOf(server, number));
    const { value, error } = await outcome(TAKERS[number % TAKERS.length](answer));
    assert.equal(error, undefined);
    assert.deepEqual(value, expected(number), `answer ${number}`);
  };
  await within(
    Promise.all(Array.from({ length: COUNT }, (_, number) => task(number))),
    60_000,
    'all',
  );
  assert.equal(server.requests.length, COUNT);
});

test('tool calls of answers at the same time are not mixed up', async (t) => {
  const server = await serve(t, tell);
  const task = async (number) => {
    const { toolCalls } = await ask(t, optionsOf(server, number)).message();
    const words = wordsOf(number);
    const calls = [0, 1, 2].map((call) =>
      words.filter((_, index) => index % 5 !== 0 && index % 7 === 0 && index % 3 === call).join(''),
    );
    assert.deepEqual(
      toolCalls.map(({ index, arguments: args }) => [index, args]),
      [...calls.entries()].filter(([, args]) => args !== ''),
      `answer ${number}`,
    );
  };
  await within(
    Promise.all(Array.from({ length: 100 }, (_, number) => task(number))),
    60_000,
    'all',
  );
});
