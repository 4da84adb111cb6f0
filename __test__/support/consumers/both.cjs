// Reads a stream with the package itself and with the one that a dependency brings; prints which addons that took.
const { SERVER } = process.env;

async function read({ connect }) {
  const data = [];
  for await (const event of connect(`${SERVER}/events`)) data.push(event.data);
  return data;
}

async function main() {
  const data = [await read(require('perennial-sse')), await read(require('dependency'))];
  const addons = Object.keys(require.cache).filter((path) => path.endsWith('.node'));
  console.log(JSON.stringify({ data, addons }));
}

main();
