'use strict';

const { useInsertionEffect, useMemo, useState, useSyncExternalStore } = require('react');
const { EventStreamStore } = require('./event-stream-store.js');
const { keyOf } = require('./key.js');

/** Options that do not make another stream. */
const NOT_OF_THE_KEY = ['enabled', 'initial', 'throttle', 'events'];

/**
 * See `useEventStream` in index.d.ts.
 *
 * @param {string | URL | null | undefined} url
 * @param {any} [options]
 */
function useEventStream(url, options = {}) {
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
  return useMemo(
    () => ({ ...snapshot, reconnect: store.reconnect, close: store.close }),
    [snapshot, store],
  );
}

module.exports = { useEventStream };
