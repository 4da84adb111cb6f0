'use strict';

const { ALL_SERVE_FLAGS } = require('./serve-flags.js');
const { Status } = require('./status.js');

/** What goes to standard error beside a server. */
class ServeStatus extends Status {
  /** @param {'quiet' | 'normal' | 'verbose'} level */
  constructor(level) {
    super(level, ALL_SERVE_FLAGS);
  }
}

module.exports = { ServeStatus };
