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
const failed = (kind, message, content = '') => ({
  content,
  error: { code: 'ERR_SSE_PROVIDER', kind, message },
});

/** What each recorded case of `shared/cases/llm` must come to. */
const SHARED = {
  '01-done-without-finish-reason.txt': { right: cut('The first step is') },
  '01b-done-only.txt': {
    right: { error: { code: 'ERR_SSE_TRUNCATED', message: /before anything of it came/ } },
  },
  '03-finish-network_error.txt': { right: failed('server', /network_error/, 'Half an ans') },
  '03c-finish-abort.txt': { right: failed('server', /abort/, 'Half an ans') },
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
    what: 'a reason of another provider for a filter is content_filter',
    body: events(says('I'), ends('sensitive'), '[DONE]'),
    right: { content: 'I', finishReason: 'content_filter' },
  },
];

module.exports = { CASES, SHARED };
