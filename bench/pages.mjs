// `node bench/pages.mjs [seconds]`: the hooks beside their peers, in one browser, one after another.

import { measure } from './pages/measure.mjs';

const seconds = Number(process.argv[2] ?? 10);
const ways = ['useEventStream', 'useAnswer', 'useChat', 'tanstack', 'fetchEventSource'];
for (const child of [4, 0]) {
  const rows = await measure(ways, { rate: 1000, seconds, child });
  console.table(
    rows.map(({ way, renders, frames, longestDelay, perToken, script, characters, ...row }) => ({
      way,
      'took, s': row.seconds.toFixed(1),
      renders,
      frames,
      'longest wait of a key, ms': Math.round(longestDelay),
      'main thread, ms a token': perToken.toFixed(3),
      'script, ms a token': script.toFixed(3),
      characters,
    })),
  );
}
