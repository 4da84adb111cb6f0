'use strict';

const { useInsertionEffect, useMemo, useState, useSyncExternalStore } = require('react');
const { AnswerStore } = require('./answer-store.js');

/**
 * See `useAnswer` in index.d.ts.
 *
 * @param {any} options
 */
function useAnswer(options) {
  const [store] = useState(() => new AnswerStore(options.initialMessages ?? []));
  useInsertionEffect(() => {
    store.options = options;
  });
  const snapshot = useSyncExternalStore(
    store.subscribe,
    store.getSnapshot,
    store.getServerSnapshot,
  );
  return useMemo(() => {
    const { sendMessage, stop, regenerate, resumeStream, clear } = store;
    return { ...snapshot, sendMessage, stop, regenerate, resumeStream, clear };
  }, [snapshot, store]);
}

module.exports = { useAnswer };
