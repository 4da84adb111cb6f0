'use strict';

const { nextTick } = require('node:process');
const { setImmediate } = require('node:timers');

// Their own, taken while the package is loaded and not with the first stream: what fakes the global ones
// for a test must not stop what is delivered.
module.exports = { nextTick, setImmediate };
