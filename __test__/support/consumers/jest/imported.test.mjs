import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { connect, SSEStatusError } from 'perennial-sse';

test('a stream runs under Jest in a module', async () => {
  const data = [];
  for await (const event of connect(`${process.env.SERVER}/events`)) data.push(event.data);
  expect(data).toEqual(['one', 'two']);
});

test('the class that is imported is the one that is required', () => {
  const required = createRequire(import.meta.url)('perennial-sse');
  expect(required.SSEStatusError).toBe(SSEStatusError);
});
