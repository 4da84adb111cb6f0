'use strict';

/**
 * Prints what async hooks call the resource in which the first event is delivered.
 *
 * Arguments: the URL of the server.
 */

const { createHook, executionAsyncId } = require('node:async_hooks');

const types = new Map();
createHook({ init: (id, type) => types.set(id, type) }).enable();

const { connect } = require('../../../index.js');

connect(process.argv[2], { terminal: 'first' }).on('event', () => {
  console.log(types.get(executionAsyncId()));
});
