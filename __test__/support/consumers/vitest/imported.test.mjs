import { createRequire } from 'node:module';
import { connect, SSEStatusError } from 'perennial-sse';
import { expect, test } from 'vitest';

test('a stream runs under Vitest', async () => {
  const data = [];
  for await (const event of connect(`${process.env.SERVER}/events`)) data.push(event.data);
  expect(data).toEqual(['one', 'two']);
});

test('errors are of one class, imported or required', async () => {
  const required = createRequire(import.meta.url)('perennial-sse');
  expect(required.SSEStatusError).toBe(SSEStatusError);
  const { opened } = required.connect(`${process.env.SERVER}/missing`);
  await expect(opened).rejects.toBeInstanceOf(SSEStatusError);
});
