'use strict';

const { useInsertionEffect, useMemo, useState, useSyncExternalStore } = require('react');
const { AnswerStore } = require('./answer-store.js');
const { RENDERS_FOR_ANOTHER } = require('./environment.js');

/** @param {any} options */
const storeOf = ({ initialMessages = [] }) => new AnswerStore(initialMessages);

/** @param {InstanceType<typeof AnswerStore>} store */
const actionsOf = ({ sendMessage, stop, regenerate, resumeStream, clear }) => ({
  ...{ sendMessage, stop, regenerate, resumeStream, clear },
});

/** @param {any} options */
function stateOnServer(options) {
  const store = storeOf(options);
  return { ...store.getServerSnapshot(), ...actionsOf(store) };
}

/** @param {any} options */
function useStateOnPage(options) {
  const [store] = useState(() => storeOf(options));
  useInsertionEffect(() => {
    store.options = options;
  });
  const snapshot = useSyncExternalStore(
    store.subscribe,
    store.getSnapshot,
    store.getServerSnapshot,
  );
  return useMemo(() => ({ ...snapshot, ...actionsOf(store) }), [snapshot, store]);
}

/**
 * See `useAnswer` in index.d.ts.
 *
 * @type {(options: any) => any}
 */
const useAnswer = RENDERS_FOR_ANOTHER ? stateOnServer : useStateOnPage;

module.exports = { useAnswer };
