'use strict';

/** What a stream, or a reader, asks of the core; see src/node/demand.rs. */
const DEMAND = Object.freeze({ off: 0, once: 1, flow: 2 });

module.exports = { DEMAND };
