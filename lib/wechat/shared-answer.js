'use strict';

const { answering, ofRun } = require('./answering.js');

/** That what the function of a bot returned is nothing that a relay keeps. */
const UNSHARED = Symbol('unshared');

/**
 * Begins an answer so that other processes can read it, if it is one of `chat()`: a run of a relay.
 *
 * @param {import('../../index.js').Relay} relay
 * @param {string} id
 * @param {() => unknown} make
 * @param {'fail' | 'restart'} onLost
 * @returns {Promise<import('./answering.js').Answering>}
 */
async function sharedAnswer(relay, id, make, onLost) {
  /** @type {unknown} */
  let source;
  try {
    const run = await relay.run(
      id,
      async () => {
        source = await make();
        if (!isChat(source)) throw UNSHARED;
        return /** @type {any} */ (source);
      },
      { onLost },
    );
    return ofRun(run, () => {
      relay.stop(id).catch(() => {});
    });
  } catch (error) {
    if (error !== UNSHARED) throw error;
    return answering(source);
  }
}

/** @param {unknown} source */
const isChat = (source) =>
  typeof Object(source).message === 'function' && typeof Object(source).snapshot === 'function';

module.exports = { sharedAnswer };
