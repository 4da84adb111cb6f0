'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { after, test } = require('node:test');
const { promisify } = require('node:util');
const { startProvider } = require('./support/provider.js');
const { SampleFolder, sample } = require('./support/samples.js');

const folder = new SampleFolder();
after(() => folder.remove());

const QUESTION = [{ role: 'user', content: 'How warm is it in Lyon?' }];

test('the loop of docs/tools.md runs the tools, and gives the answer', async (t) => {
  const call = { id: 'call-1', name: 'weather', arguments: ['{"city":', '"Lyon"}'] };
  const provider = await startProvider(t, {
    answer: { calls: [call] },
    faults: ({ number }) => {
      if (number === 2) provider.follow({ answer: { text: ['21 ', 'degrees'] } });
    },
  });
  const { answerWithTools } = await folder.import(sample('docs/tools.md', 'tools.mjs'));
  assert.equal(await answerWithTools(provider.options(), QUESTION), '21 degrees');
  const [first, second] = provider.requests.map(({ body }) => body);
  assert.equal(first.tools[0].function.name, 'weather');
  assert.deepEqual(second.messages.slice(1), [
    {
      role: 'assistant',
      content: '',
      tool_calls: [
        {
          id: 'call-1',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":"Lyon"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call-1', content: '{"city":"Lyon","celsius":21}' },
  ]);
});

test('the loop of docs/tools.md tells the model what a tool threw, and ends after its rounds', async (t) => {
  const provider = await startProvider(t, {
    answer: { calls: [{ id: 'call-1', name: 'weather', arguments: ['not JSON'] }] },
  });
  const { answerWithTools } = await folder.import(sample('docs/tools.md', 'tools.mjs'));
  await assert.rejects(
    answerWithTools(provider.options(), QUESTION, 2),
    /no answer after 2 rounds/,
  );
  assert.match(provider.requests[1].body.messages.at(-1).content, /^\{"error":".*JSON/);
});

test('the sample of docs/structured-output.md gives an object, and never half of one', async (t) => {
  const text = ['{"river":"Loire",', '"kilometres":1006}'];
  const provider = await startProvider(t, { answer: { text } });
  const code = sample('docs/structured-output.md', 'structured.mjs');
  const { ask } = await folder.import(code);
  const options = { ...provider.options(), messages: undefined };
  assert.deepEqual(await ask(options, QUESTION), { river: 'Loire', kilometres: 1006 });
  const [{ body }] = provider.requests;
  assert.equal(body.response_format.json_schema.name, 'river');
  provider.follow({ faults: () => ({ content: 1, how: 'end' }) });
  await assert.rejects(ask(options, QUESTION), { code: 'ERR_SSE_TRUNCATED' });
  provider.follow({ faults: [], answer: { text, finish: 'length' } });
  await assert.rejects(ask(options, QUESTION), /ended by length/);
});

test('the function of docs/providers.md asks each provider in its dialect', async (t) => {
  const provider = await startProvider(t);
  const { ask, endpoints } = await folder.import(sample('docs/providers.md', 'providers.mjs'), {
    'https://api.openai.com': provider.url,
    'https://api.anthropic.com': provider.url,
    'http://localhost:11434': provider.url,
    'process.env.OPENAI_API_KEY': "'sk-openai'",
    'process.env.ANTHROPIC_API_KEY': "'sk-anthropic'",
  });
  for (const endpoint of Object.values(endpoints)) {
    assert.equal(await ask(endpoint, QUESTION), provider.text);
  }
  assert.deepEqual(
    provider.requests.map(({ path, key }) => [path, key]),
    [
      ['/v1/chat/completions', 'sk-openai'],
      ['/v1/messages', 'sk-anthropic'],
      ['/api/chat', null],
    ],
  );
});

test('the test of docs/testing.md passes', async () => {
  const file = folder.write('answer.test.mjs', sample('docs/testing.md', 'answer.test.mjs'));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { cwd: folder.path, env, timeout: 60_000 };
  const args = ['--test', '--test-reporter=tap', file];
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  assert.match(stdout, /^# pass 1$/m);
});
