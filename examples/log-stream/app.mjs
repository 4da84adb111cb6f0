// Any program that logs: a line now and then.

import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE = Number(process.env.PAUSE ?? 1000);

for (let request = 1; ; request++) {
  console.log(`${new Date().toISOString()} request ${request} took ${(request * 7) % 90} ms`);
  await sleep(PAUSE);
}
