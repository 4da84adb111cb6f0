'use strict';

const { Engine } = require('./engine.js');

/** On an edge runtime there are no tabs to share with, and its bundles cannot load a part of themselves later. */
module.exports = { Sharing: Engine };
