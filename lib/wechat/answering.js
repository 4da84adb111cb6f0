'use strict';

/**
 * @typedef {import('./types/bots.js').Answer} Answer
 *
 * @typedef {object} Outcome how an answer ended
 * @property {string} text what came of it
 * @property {unknown} [error] why it is not whole
 *
 * @typedef {object} Answering an answer on its way
 * @property {() => string} text what came of it so far
 * @property {Promise<Outcome | null>} over never rejects; `null` where nothing is to be said
 * @property {() => void} stop
 */

/**
 * What the function of a bot returned, as an answer on its way.
 *
 * @param {unknown} source
 * @returns {Answering}
 */
function answering(source) {
  if (source === null || source === undefined) return settled(null);
  if (typeof source === 'string') return settled({ text: source });
  const any = /** @type {any} */ (source);
  if (typeof any.message === 'function' && typeof any.snapshot === 'function') return ofChat(any);
  if (typeof any[Symbol.asyncIterator] === 'function') return ofPieces(any);
  throw new TypeError(
    'answer must return what chat() returns, text, an async iterable of text, or null',
  );
}

/**
 * @param {Outcome | null} outcome
 * @returns {Answering}
 */
const settled = (outcome) => ({
  text: () => outcome?.text ?? '',
  over: Promise.resolve(outcome),
  stop: () => {},
});

/**
 * @param {import('../../index.js').ChatStream} stream
 * @returns {Answering}
 */
const ofChat = (stream) => ({
  text: () => stream.snapshot().content,
  over: stream.message().then(
    ({ content }) => ({ text: content }),
    (error) => ({ text: error?.partial?.content ?? stream.snapshot().content, error }),
  ),
  stop: () => stream.stop(),
});

/**
 * @param {AsyncIterable<string>} pieces
 * @returns {Answering}
 */
function ofPieces(pieces) {
  let text = '';
  const iterator = pieces[Symbol.asyncIterator]();
  let stopped = false;
  const collect = async () => {
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done || stopped) return { text };
        text += value;
      }
    } catch (error) {
      return { text, error };
    }
  };
  return {
    text: () => text,
    over: collect(),
    stop: () => {
      stopped = true;
      Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}

/**
 * A run of a relay, which may be produced elsewhere.
 *
 * @param {import('../../index.js').Run} run
 * @param {() => void} stop
 * @returns {Answering}
 */
const ofRun = (run, stop) => ({
  text: () => run.snapshot()?.content ?? '',
  over: run.closed.then(({ error }) => {
    const text = run.snapshot()?.content ?? '';
    return error === undefined ? { text } : { text, error };
  }),
  stop,
});

module.exports = { answering, ofRun };
