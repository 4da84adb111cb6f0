'use strict';

/** The page or the worker that this runs in; other programs have none of these events. */
const scope = /** @type {any} */ (globalThis);

/**
 * @typedef {object} PageListener
 * @property {() => void} wake something happened after which a connection may be had again
 * @property {() => void} park the page is left: it may be kept as it is, and come back
 * @property {() => void} unpark the page came back
 * @property {boolean} pauseWhenHidden whether it parks also while the page is hidden
 */

const isHidden = () => scope.document?.visibilityState === 'hidden';

/**
 * Listens to the life of the page.
 *
 * @param {PageListener} listener
 * @returns {() => void} ends that
 */
function watchPage({ wake, park, unpark, pauseWhenHidden }) {
  /** @type {[target: any, name: string, act: (event: any) => void][]} */
  const listeners = [
    [scope, 'pagehide', park],
    [scope, 'pageshow', ({ persisted }) => persisted && unpark()],
    [scope, 'online', wake],
    [scope.document, 'resume', wake],
    [
      scope.document,
      'visibilitychange',
      () => {
        if (!isHidden()) (pauseWhenHidden ? unpark : wake)();
        else if (pauseWhenHidden) park();
      },
    ],
  ];
  const all = (/** @type {string} */ verb) => {
    for (const [target, name, act] of listeners) target?.[verb]?.(name, act);
  };
  all('addEventListener');
  return () => all('removeEventListener');
}

module.exports = { isHidden, watchPage };
