'use strict';

/** The command line is wrong; the message says where and never shows a header's value or a body. */
class UsageError extends Error {}

module.exports = { UsageError };
