'use client';

'use strict';

const { useAnswer } = require('./use-answer.js');
const { useEventStream } = require('./use-event-stream.js');

module.exports = { useAnswer, useEventStream };
