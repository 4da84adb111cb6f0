'use strict';

const diagnostics = require('node:diagnostics_channel');

const channels = {
  connect: diagnostics.channel('perennial-sse:connect'),
  open: diagnostics.channel('perennial-sse:open'),
  retry: diagnostics.channel('perennial-sse:retry'),
  close: diagnostics.channel('perennial-sse:close'),
};

/**
 * Tells observers of this process what became of a stream.
 *
 * @param {keyof typeof channels} name
 * @param {number} stream
 * @param {string} url
 * @param {() => object} message made only if there are observers
 */
function publish(name, stream, url, message) {
  const channel = channels[name];
  if (channel.hasSubscribers) channel.publish({ stream, url, ...message() });
}

module.exports = { publish };
