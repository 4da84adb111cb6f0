// Uses the package by `import`, then compares with what `require` gives.
import { createRequire } from 'node:module';
import * as imported from 'perennial-sse';

const required = createRequire(import.meta.url)('perennial-sse');
const data = [];
for await (const event of imported.connect(`${process.env.SERVER}/events`)) data.push(event.data);
const refused = await required
  .connect(`${process.env.SERVER}/missing`)
  .opened.catch((error) => error);
console.log(
  JSON.stringify({
    data,
    code: refused.code,
    isError: refused instanceof imported.SSEStatusError,
    different: Object.entries(imported)
      .filter(([name, value]) => value !== required[name])
      .map(([name]) => name),
    exports: Object.keys(imported).length,
  }),
);
