import { start as startHub } from './perennial.mjs';

/** A user for each client: as many positions, and none shares the bytes of another. */
export function start() {
  let users = 0;
  return startHub({ user: () => `user-${++users}` });
}
