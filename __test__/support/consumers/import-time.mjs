// Prints how many milliseconds importing a package takes in a fresh process.
const address = { perennial: '../../../index.mjs', undici: 'undici' }[process.argv[2]];
const started = performance.now();
await import(address);
console.log(performance.now() - started);
