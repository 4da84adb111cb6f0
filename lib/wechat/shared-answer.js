'use strict';

const { answering, ofRun } = require('./answering.js');

/**
 * @typedef {import('../../index.js').ChatStream} ChatStream
 * @typedef {import('../../index.js').Relay} Relay
 */

/** That what the function of a bot returned is nothing that a relay keeps. */
const UNSHARED = Symbol('unshared');

/**
 * Begins an answer so that other processes can read it, if it is one of `chat()`: as a run of a relay. It is made when the
 * relay asks for it: made before, it could be open by then, and no run takes a stream that has said something.
 *
 * @param {Relay} relay
 * @param {string} id that no other answer has: this call is the first one
 * @param {() => unknown} make
 * @returns {Promise<import('./answering.js').Answering>}
 */
async function sharedAnswer(relay, id, make) {
  /** @type {unknown} */
  let source;
  try {
    const run = await relay.run(id, async () => {
      source = await make();
      if (!isChat(source)) throw UNSHARED;
      return source;
    });
    return ofRun(run, () => stop(relay, id));
  } catch (error) {
    if (error !== UNSHARED) throw error;
    return answering(source);
  }
}

/**
 * Begins an answer again whose process is lost, in one of all processes that notice it.
 *
 * @param {Relay} relay
 * @param {string} id
 * @param {() => unknown} make
 * @returns {Promise<import('./answering.js').Answering>}
 */
async function restartedAnswer(relay, id, make) {
  const run = await relay.run(id, async () => chatOf(await make()), { onLost: 'restart' });
  return ofRun(run, () => stop(relay, id));
}

/**
 * @param {unknown} source
 * @returns {ChatStream}
 */
function chatOf(source) {
  if (isChat(source)) return source;
  throw new TypeError('an answer that was one of chat() must be one again');
}

/**
 * @param {unknown} source
 * @returns {source is ChatStream}
 */
const isChat = (source) =>
  typeof Object(source).message === 'function' && typeof Object(source).snapshot === 'function';

/**
 * @param {Relay} relay
 * @param {string} id
 */
function stop(relay, id) {
  relay.stop(id).catch(() => {});
}

module.exports = { restartedAnswer, sharedAnswer };
