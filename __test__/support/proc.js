'use strict';

const { readFileSync, readdirSync } = require('node:fs');

/** Open file descriptors of this process; Linux only, like everything under /proc. */
function descriptors() {
  // The listing itself holds one descriptor while it runs.
  return readdirSync('/proc/self/fd').length - 1;
}

/** Threads of this process. */
function threads() {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

/** Milliseconds of CPU time this process has used on all its threads. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

module.exports = { cpu, descriptors, threads };
