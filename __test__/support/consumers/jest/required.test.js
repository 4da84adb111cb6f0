const { expect, test } = require('@jest/globals');
const { connect, SSEError, SSEStatusError } = require('perennial-sse');

test('a stream runs under Jest', async () => {
  const data = [];
  for await (const event of connect(`${process.env.SERVER}/events`)) data.push(event.data);
  expect(data).toEqual(['one', 'two']);
});

test('errors are of the class that was required', async () => {
  const { opened } = connect(`${process.env.SERVER}/missing`);
  await expect(opened).rejects.toBeInstanceOf(SSEStatusError);
  await expect(opened).rejects.toBeInstanceOf(SSEError);
});
