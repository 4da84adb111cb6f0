'use strict';

const { before } = require('./clock.js');
const { answerDeadline } = require('./deadlines.js');

/** Why an answer is cut that took too long: nothing failed. */
const LATE = Symbol('late');

/**
 * @typedef {object} Turn a message that is answered
 * @property {string} message its id
 * @property {string} user
 * @property {string} key of the conversation
 * @property {string} text
 * @property {number} at when it came, in milliseconds since 1970
 *
 * @typedef {object} Opening what an answer is made of
 * @property {import('../../index.js').ChatMessage[]} messages
 * @property {Date} deadline
 *
 * @typedef {object} Surroundings
 * @property {import('./clock.js').Clock} clock
 * @property {InstanceType<typeof import('./conversations.js').Conversations>} conversations
 * @property {number} patience
 * @property {{ busy: string }} texts
 */

/**
 * Begins the answer to a message as soon as those before it have theirs.
 *
 * @param {Surroundings} surroundings
 * @param {Turn} turn
 * @param {(opening: Opening) => Promise<import('./answering.js').Answering>} open
 * @param {(error: unknown) => void} fail is told of what no caller could be
 * @param {boolean} [resumed] whether another process has begun it
 * @returns {Pick<import('./answering.js').Answering, 'text' | 'over'>}
 */
function startTurn(surroundings, turn, open, fail, resumed = false) {
  const { clock, conversations, patience, texts } = surroundings;
  const until = answerDeadline(turn.at, patience);
  /** @type {import('./answering.js').Answering | undefined} */
  let current;
  /** @type {import('./answering.js').Outcome | null} */
  let outcome = null;

  /** @param {{ messages: import('../../index.js').ChatMessage[] }} context */
  const answer = async ({ messages }) => {
    const opened = open({ messages, deadline: new Date(until) });
    current = await before(clock, until, opened);
    const over = current === undefined ? undefined : await before(clock, until, current.over);
    if (over === undefined) {
      // What begins later still is stopped then.
      opened.then(
        (late) => late.stop(),
        () => {},
      );
    }
    outcome = over === undefined ? { text: current?.text() ?? '', error: LATE } : over;
    if (outcome === null) return null;
    return { content: outcome.text, interrupted: outcome.error !== undefined };
  };

  const run = async () => {
    try {
      await conversations.turn(turn.key, turn.text, answer, { until, id: turn.message, resumed });
    } catch (error) {
      if (error.code === 'ERR_WECHAT_BUSY') return { text: texts.busy };
      fail(error);
      // What came of the answer is there, even if it could not be kept.
      return outcome ?? { text: '', error };
    }
    const { error } = Object(outcome);
    if (error !== undefined && error !== LATE) fail(error);
    return outcome;
  };

  return { text: () => outcome?.text ?? current?.text() ?? '', over: run() };
}

module.exports = { startTurn };
