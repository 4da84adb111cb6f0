'use strict';

const { createRequire } = require('node:module');

// For the server layer of React, where frameworks bundle what they find. No bundler can take in an
// addon, and one that tried would fail with a message that says nothing of a remedy. None follows
// this `require`: in a bundle it fails when it runs, and lib/core/native.js says what to do.
module.exports = createRequire(__filename)('../../binding.js');
