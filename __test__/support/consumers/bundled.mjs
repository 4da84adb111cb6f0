// What a browser's or an edge runtime's bundle gets; run with the condition of one.
import { createRequire } from 'node:module';
import { chat, EventStreamDecoder, encodeEvent, SSEError } from 'perennial-sse';

const require = createRequire(import.meta.url);
const required = require('perennial-sse');
const data = [];
const decoder = new EventStreamDecoder({ onEvent: (event) => data.push(event.data) });
decoder.feed(new TextEncoder().encode(encodeEvent({ data: 'a' })));
let refusal;
try {
  chat({});
} catch (error) {
  refusal = error;
}
console.log(
  JSON.stringify({
    data,
    refusal: refusal instanceof SSEError ? refusal.message : String(refusal),
    same: required.EventStreamDecoder === EventStreamDecoder,
    native: Object.keys(require.cache).filter((path) =>
      /binding\.js$|native\.js$|\.node$/.test(path),
    ),
  }),
);
