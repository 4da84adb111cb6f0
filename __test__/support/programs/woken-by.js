'use strict';

/**
 * Prints what async hooks call the resources by which the core has woken the event loop, until the
 * last event is delivered. That comes long after the others, so no turn that was scheduled finds it.
 *
 * Arguments: the URL of the server.
 */

const { createHook } = require('node:async_hooks');

const WAKERS = ['perennial-sse', 'napi_rs_threadsafe_function'];

const types = new Map();
const ran = new Set();
createHook({
  init: (id, type) => types.set(id, type),
  before: (id) => ran.add(types.get(id)),
}).enable();

const { connect } = require('../../../index.js');

connect(process.argv[2], { terminal: 'last' }).on('event', ({ data }) => {
  if (data === 'last') console.log(WAKERS.filter((type) => ran.has(type)).join());
});
