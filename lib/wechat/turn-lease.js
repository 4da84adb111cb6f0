'use strict';

const { randomUUID } = require('node:crypto');
const { sleep } = require('./clock.js');

/** For how long a process that gives no sign keeps the others waiting, in milliseconds. */
const LEASE_MS = 15_000;

/** How often a process looks whether the turn is free. */
const LOOK_MS = 200;

/**
 * Takes a key for this process, of all that share a store.
 *
 * @param {import('../../index.js').Store} store
 * @param {import('./clock.js').Clock} clock
 * @param {string} key
 * @param {{ until: number, id: string, resumed: boolean }} turn `until`: when to give up, in milliseconds since 1970; one
 *   that is resumed takes the place of an earlier process with the same `id`, which is known to be lost
 * @returns {Promise<(() => Promise<void>) | undefined>} gives it back; nothing if another process kept it
 */
async function takeLease(store, clock, key, { until, id, resumed }) {
  const token = `${id} ${randomUUID()}`;
  while (!(await store.setIfAbsent(key, token, LEASE_MS))) {
    const holder = resumed ? ((await store.get(key)) ?? '') : '';
    const isOwn = holder.startsWith(`${id} `);
    if (isOwn && (await store.replace(key, holder, token, LEASE_MS))) break;
    if (clock.now() >= until) return undefined;
    await sleep(clock, LOOK_MS);
  }
  let forget = () => {};
  let over = false;
  const renew = () => {
    forget = clock.after(LEASE_MS / 3, async () => {
      // A store that is away for a moment has the lease still, or another process has it.
      await store.replace(key, token, token, LEASE_MS).catch(() => {});
      if (!over) renew();
    });
  };
  renew();
  return async () => {
    over = true;
    forget();
    // Only what is still this process's own, and then stays so until it is removed.
    if (await store.replace(key, token, token, LEASE_MS)) await store.remove(key);
  };
}

module.exports = { takeLease };
