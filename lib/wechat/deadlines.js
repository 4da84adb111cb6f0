'use strict';

// Every deadline of WeChat, less what a reply needs on its way. Times are milliseconds since 1970, and arguments.

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** WeChat cuts a callback after 5 s. */
const PASSIVE_MS = 4.5 * SECOND;

/** WeCom stops asking for a stream 6 min after the message. */
const STREAM_MS = 5.5 * MINUTE;

/** A `response_url` is good for an hour. */
const RESPONSE_URL_MS = 60 * MINUTE;

/** WeChat delivers three times within about 15 s. A request that is older than this is refused. */
const TOLERANCE_MS = 5 * MINUTE;

/** A request may be from as far ahead as behind, and must be known as long as it is not refused as stale. */
const SEEN_MS = 2 * TOLERANCE_MS + MINUTE;

/** How long an answer may take altogether, unless told otherwise. */
const PATIENCE_MS = 10 * MINUTE;

/**
 * Until when the callback of an Official Account must be answered that came at `at`.
 *
 * @param {number} at
 */
const passiveDeadline = (at) => at + PASSIVE_MS;

/**
 * Until when a stream must be finished whose message came at `at`.
 *
 * @param {number} at
 */
const streamDeadline = (at) => at + STREAM_MS;

/**
 * Until when an answer may take, and its rest be sent.
 *
 * @param {number} at when the message came
 * @param {number} patience
 */
const answerDeadline = (at, patience) => at + Math.min(patience, RESPONSE_URL_MS - MINUTE);

module.exports = {
  PATIENCE_MS,
  SEEN_MS,
  STREAM_MS,
  TOLERANCE_MS,
  answerDeadline,
  passiveDeadline,
  streamDeadline,
};
