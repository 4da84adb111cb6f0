'use strict';

/** That of package.json, which as a whole would be a fifth of a bundle for browsers. */
const version = '0.1.0';

module.exports = { version };
