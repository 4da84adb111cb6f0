// One line for each sample, readable while it grows.

const MIB = 1 << 20;
const mib = (bytes) => (bytes / MIB).toFixed(1);

const COLUMNS = [
  ['time s', 7, ({ time }) => Math.round(time)],
  ['storm', 7, ({ storm }) => storm],
  ['events/s', 9, ({ rate }) => Math.round(rate)],
  ['answers', 8, ({ answers }) => answers],
  ['silent', 7, ({ silent }) => silent],
  ['RSS MiB', 8, ({ rss }) => mib(rss)],
  ['heap MiB', 9, ({ heap }) => mib(heap)],
  ['fds', 6, ({ descriptors }) => descriptors],
  ['threads', 8, ({ threads }) => threads],
  ['loop p99', 9, ({ loop }) => `${loop.p99.toFixed(0)} ms`],
  ['loop max', 9, ({ loop }) => `${loop.max.toFixed(0)} ms`],
];

const line = (cell) => COLUMNS.map((column) => String(cell(column)).padStart(column[1])).join(' ');

export const heading = () => line(([title]) => title);
export const row = (sample) => line(([, , read]) => read(sample));
