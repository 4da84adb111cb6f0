// Uses the package by `require`, then compares with what `import` gives.
const required = require('perennial-sse');

async function main() {
  const imported = await import('perennial-sse');
  const data = [];
  for await (const event of required.connect(`${process.env.SERVER}/events`)) data.push(event.data);
  const refused = await imported
    .connect(`${process.env.SERVER}/missing`)
    .opened.catch((error) => error);
  console.log(
    JSON.stringify({
      data,
      code: refused.code,
      isError: refused instanceof required.SSEStatusError,
      different: Object.keys(required).filter((name) => required[name] !== imported[name]),
      exports: Object.keys(required).length,
    }),
  );
}

main();
