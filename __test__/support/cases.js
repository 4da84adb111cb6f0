'use strict';

/** Events with these data, and nothing else. */
const events = (...data) =>
  data.map((it) => `data: ${typeof it === 'string' ? it : JSON.stringify(it)}\n\n`).join('');

/** A chunk of Chat Completions, whose one choice has these members. */
const chunk = (choice) => ({ id: 'c', model: 'm', choices: [{ index: 0, ...choice }] });
const says = (content, more = {}) => chunk({ delta: { content, ...more } });
const ends = (reason) => chunk({ delta: {}, finish_reason: reason });

const cut = (content, message = /finish reason.*done: 'evidence'/) => ({
  content,
  error: { code: 'ERR_SSE_TRUNCATED', message, retryable: false },
});
const failed = (kind, message, content = '', tail = /^/) => ({
  content,
  error: { code: 'ERR_SSE_PROVIDER', kind, message, tail },
});

/** What each recorded case of `shared/cases/llm` must come to. */
const SHARED = {
  '01-done-without-finish-reason.txt': { right: cut('The first step is') },
  '01b-done-only.txt': {
    right: { error: { code: 'ERR_SSE_TRUNCATED', message: /before anything of it came/ } },
  },
  '02-llamacpp-error-field-then-done.txt': {
    right: failed('server', /decode failed/, 'Half', /decode failed/),
  },
  '12-minimax-base-resp.txt': { right: failed('quota', /insufficient balance/) },
  '12b-raw-json-error.txt': {
    right: failed('not-found', /no available channel/, '', /no available channel/),
  },
  '03-finish-network_error.txt': { right: failed('server', /network_error/, 'Half an ans') },
  '03c-finish-abort.txt': { right: failed('server', /abort/, 'Half an ans') },
  '04-tool-same-index-two-ids.txt': {
    right: {
      toolCalls: [
        ['call_a', 'read_file', '{"path":"a"}'],
        ['call_b', 'read_file', '{"path":"b"}'],
      ],
    },
  },
  '05-tool-no-index-id-repeated.txt': { right: { toolCalls: [['call_a', 'find', '{"q":"x"}']] } },
  '06-responses-same-output-index.txt': {
    provider: 'responses',
    right: {
      toolCalls: [
        ['A', 'f', '{"a":1}'],
        ['B', 'g', '{"b":2}'],
      ],
    },
  },
  '07-gemini-partial-args.txt': {
    provider: 'gemini',
    right: { toolCalls: [[null, 'f', '{"city":"Boston"}']], finishReason: 'tool_calls' },
  },
  '10-surrogate-pair-split.txt': { right: { content: 'ok 😀 fine' } },
  '10c-lone-surrogate.txt': { right: { content: 'ok \ufffd end' } },
  '11-duplicate-key.txt': { right: { content: '4', reasoning: 'I add.' } },
  '08-responses-only-completed.txt': {
    provider: 'responses',
    right: { content: 'Hello there.', finishReason: 'stop' },
  },
  '09-chat-message-instead-of-delta.txt': { right: { content: 'Hello there.' } },
  '13-reasoning-details-only.txt': { right: { content: '4', reasoning: 'I add them.' } },
  '03d-gemini-malformed-function-call.txt': {
    provider: 'gemini',
    right: failed('invalid-request', /Malformed function call/),
  },
};

/** Cases of the same kinds. */
const CASES = [
  {
    what: '[DONE] after one of two alternatives is no evidence',
    body: events(
      says('Two'),
      { choices: [{ index: 1, delta: { content: 'b' } }] },
      ends('stop'),
      '[DONE]',
    ),
    right: cut('Two'),
  },
  {
    what: '[DONE] is evidence where the caller says so',
    body: events(says('All of it.'), '[DONE]'),
    options: { done: 'evidence' },
    right: { content: 'All of it.', finishReason: null },
  },
  {
    what: 'a reason that ends in _error is a failure',
    body: events(says('Some'), ends('overloaded_error'), '[DONE]'),
    right: failed('overloaded', /overloaded_error/, 'Some'),
  },
  {
    what: 'a page in place of events tells its title',
    body: '<html><head><title>503 Service Unavailable</title></head>\n<body>Try later</body></html>',
    right: failed('overloaded', /503 Service Unavailable/, '', /Try later/),
  },
  {
    what: 'errors under any name are heard',
    body: events(says('Some'), { error_code: 336_003, error_msg: 'the account is in arrears' }),
    right: failed('server', /in arrears/, 'Some'),
  },
  {
    what: 'a line of its own tells the error that [DONE] hides',
    body: `${events(says('Some'))}error: {"message":"out of memory","type":"server_error"}\n\n${events('[DONE]')}`,
    right: failed('server', /out of memory/, 'Some', /out of memory/),
  },
  {
    what: 'a reason of another provider for a filter is content_filter',
    body: events(says('I'), ends('sensitive'), '[DONE]'),
    right: { content: 'I', finishReason: 'content_filter' },
  },
  {
    what: 'a message that repeats what deltas said is not told twice',
    body: events(
      says('Hi.'),
      chunk({ message: { content: 'Hi.' }, finish_reason: 'stop' }),
      '[DONE]',
    ),
    right: { content: 'Hi.' },
  },
  {
    what: 'a message in pieces is an answer in pieces',
    body: events(
      chunk({ message: { role: 'assistant', content: 'Hi ' } }),
      chunk({ message: { content: 'there.' } }),
      ends('stop'),
    ),
    right: { content: 'Hi there.' },
  },
  {
    what: 'a whole message brings thoughts and calls, too',
    body: events(
      chunk({
        message: {
          content: null,
          reasoning_content: 'I look.',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        finish_reason: 'tool_calls',
      }),
      '[DONE]',
    ),
    right: { reasoning: 'I look.', toolCalls: [['a', 'f', '{}']], finishReason: 'tool_calls' },
  },
  {
    what: 'details of thoughts that repeat another member are not told twice',
    body: events(
      says('', {
        reasoning: 'I add.',
        reasoning_details: [{ type: 'reasoning.text', text: 'I add.' }],
      }),
      says('4', { reasoning_details: 'none' }),
      ends('stop'),
    ),
    right: { content: '4', reasoning: 'I add.' },
  },
  {
    what: 'text that comes only when its part is done is text',
    provider: 'responses',
    body: events(
      { type: 'response.reasoning_summary_text.done', output_index: 0, text: 'I greet.' },
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Hel' },
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'lo' },
      { type: 'response.output_text.done', output_index: 1, content_index: 0, text: 'Hello' },
      { type: 'response.output_text.done', output_index: 1, content_index: 1, text: ' there.' },
      { type: 'response.completed', response: { status: 'completed' } },
    ),
    right: { content: 'Hello there.', reasoning: 'I greet.' },
  },
  {
    what: 'text that comes only with its item is text, and no text comes twice',
    provider: 'responses',
    body: events(
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'reasoning', summary: [{ type: 'summary_text', text: 'I greet.' }] },
      },
      { type: 'response.output_text.delta', output_index: 1, delta: 'Hello' },
      ...['response.output_item.done', 'response.output_item.done'].map((type) => ({
        type,
        output_index: 1,
        item: {
          type: 'message',
          content: [
            { type: 'output_text', text: 'Hello' },
            { type: 'output_text', text: ' there.' },
          ],
        },
      })),
      {
        type: 'response.completed',
        response: {
          output: [
            { type: 'message', content: [{ type: 'output_text', text: 'Hello there.' }] },
            { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
          ],
        },
      },
    ),
    right: { content: 'Hello there.', reasoning: 'I greet.', toolCalls: [['a', 'f', '{}']] },
  },
];

module.exports = { CASES, SHARED };
