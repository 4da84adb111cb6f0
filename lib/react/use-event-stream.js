'use strict';

const { useInsertionEffect, useMemo, useState, useSyncExternalStore } = require('react');
const { RENDERS_FOR_ANOTHER } = require('./environment.js');
const { EventStreamStore } = require('./event-stream-store.js');
const { keyOf } = require('./key.js');

/** Options that do not make another stream. */
const NOT_OF_THE_KEY = ['enabled', 'initial', 'throttle', 'events'];

/** @param {InstanceType<typeof EventStreamStore>} store */
const actionsOf = ({ reconnect, close }) => ({ reconnect, close });

/** @param {any} options */
function stateOnServer({ initial }) {
  const store = new EventStreamStore(initial);
  return { ...store.getServerSnapshot(), ...actionsOf(store) };
}

/**
 * @param {string | URL | null | undefined} url
 * @param {any} [options]
 */
function useStateOnPage(url, options = {}) {
  const [store] = useState(() => new EventStreamStore(options.initial));
  const on = url !== null && url !== undefined && (options.enabled ?? true);
  const key = on ? keyOf([String(url), options], NOT_OF_THE_KEY) : 'none';
  useInsertionEffect(() => {
    store.options = options;
  });
  const subscribe = useMemo(
    () => store.subscription(key, on ? String(url) : null),
    // The key says everything that makes another stream.
    [store, key],
  );
  const snapshot = useSyncExternalStore(subscribe, store.getSnapshot, store.getServerSnapshot);
  return useMemo(() => ({ ...snapshot, ...actionsOf(store) }), [snapshot, store]);
}

/**
 * See `useEventStream` in index.d.ts.
 *
 * @type {(url: string | URL | null | undefined, options?: any) => any}
 */
const useEventStream = RENDERS_FOR_ANOTHER
  ? (_url, options = {}) => stateOnServer(options)
  : useStateOnPage;

module.exports = { useEventStream };
