'use strict';

/** The addon, or an error that says what to do when there is none. */
try {
  module.exports = require('#binding');
} catch (error) {
  if (error.code === 'ERR_SSE_ADDON') throw error;
  throw require('./addon-error.js').loaderError(error);
}
