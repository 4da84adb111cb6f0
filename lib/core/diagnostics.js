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

const runChannels = {
  run: diagnostics.channel('perennial-sse:run'),
  runEnd: diagnostics.channel('perennial-sse:run-end'),
};

/**
 * Tells observers of this process what became of a run.
 *
 * @param {keyof typeof runChannels} name
 * @param {string} relay
 * @param {string} id
 * @param {() => object} message made only if there are observers
 */
function publishRun(name, relay, id, message) {
  const channel = runChannels[name];
  if (channel.hasSubscribers) channel.publish({ relay, id, ...message() });
}

const clientChannels = {
  client: diagnostics.channel('perennial-sse:client'),
  clientEnd: diagnostics.channel('perennial-sse:client-end'),
};

/**
 * Tells observers of this process what became of a client of a hub.
 *
 * @param {keyof typeof clientChannels} name
 * @param {string} hub
 * @param {string} id
 * @param {() => object} message made only if there are observers
 */
function publishClient(name, hub, id, message) {
  const channel = clientChannels[name];
  if (channel.hasSubscribers) channel.publish({ hub, id, ...message() });
}

module.exports = { publish, publishClient, publishRun };
