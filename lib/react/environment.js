'use strict';

/**
 * Whether this renders for a page that is elsewhere. There nothing of React is needed: what there is at first is
 * given. A framework may also have a React of its own, which this module, loaded from `node_modules`, cannot reach.
 */
const RENDERS_FOR_ANOTHER = /** @type {any} */ (globalThis).window === undefined;

module.exports = { RENDERS_FOR_ANOTHER };
