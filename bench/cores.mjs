// A core for the server and the others for the clients. On one that they share, each interrupts the
// other in the middle of its work, which a server elsewhere never does to its clients.

import { readFileSync } from 'node:fs';
import { output } from '../scripts/process.mjs';

/** The cores that this process may run on; none where the system does not tell. */
function available() {
  if (process.platform !== 'linux') return [];
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Moves all threads of a process; returns whether it could. */
export const move = (pid, cores) =>
  output('taskset', ['-a', '-p', '-c', cores.join(','), pid]) !== null;

/**
 * Gives the server a core of its own.
 *
 * @param {number} pid of the server
 * @returns {{ own?: number[], clients?: number[], end: () => void }} its core and those that are left to the
 *   clients, if there are any, and how to end it
 */
export function separate(pid) {
  const all = available();
  const [own, ...clients] = all;
  if (clients.length === 0 || !move(pid, [own])) return { end: () => {} };
  return { own: [own], clients, end: () => move(pid, all) };
}

/** A command that runs on these cores only. */
export const onCores = (cores, command) =>
  cores === undefined ? command : ['taskset', '-c', cores.join(','), ...command];
