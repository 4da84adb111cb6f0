'use strict';

/**
 * The string of one event cannot be made. Prints what is delivered in spite of it.
 *
 * Arguments: the URL of the server.
 */

const { connect } = require('../../../index.js');

const [url] = process.argv.slice(2);
const { latin1Slice } = Buffer.prototype;

Buffer.prototype.latin1Slice = function (...range) {
  const text = latin1Slice.apply(this, range);
  if (text.startsWith('unreadable')) throw new Error('no string is that long');
  return text;
};

process.on('uncaughtException', ({ message }) => console.log(message));
connect(url, { terminal: 'last' }).on('event', ({ data }) => console.log(data));
