/**
 * The worker of a name. Bundlers know this form, and make a file of the worker; from a Blob each tab would have one
 * of its own.
 *
 * @param {string} name
 */
export const openWorker = (name) =>
  // @ts-expect-error Node has no such class.
  new SharedWorker(new URL('./share.worker.mjs', import.meta.url), { type: 'module', name });
