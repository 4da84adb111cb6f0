'use strict';

const { decoderClasses } = require('../stream/decoder-classes.js');
const { ParserCore } = require('./parser-core.js');

const { EventStreamDecoder, EventStreamDecoderStream } = decoderClasses(
  (maxEventSize) => new ParserCore(maxEventSize),
);

module.exports = { EventStreamDecoder, EventStreamDecoderStream };
