'use strict';

const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const { until } = require('./deadline.js');

const PATIENCE_MS = 15_000;

/** `ai` in the version that `@ai-sdk/react` pins, which is not the one beside it. */
const PINNED = createRequire(require.resolve('@ai-sdk/react/package.json')).resolve('ai');

/** The packages of a chat in React; they are ES modules. */
async function load() {
  const [{ useChat }, ai, { createElement }, { create }] = await Promise.all([
    import('@ai-sdk/react'),
    import(pathToFileURL(PINNED).href),
    import('react'),
    import('react-test-renderer'),
  ]);
  return { ai, open: (options) => open({ useChat, createElement, create }, options) };
}

/**
 * A page with one chat, without a browser: React renders it, its effects run, and what the hook gives is here.
 *
 * @param {object} react
 * @param {object} options of `useChat`
 */
async function open({ useChat, createElement, create }, options) {
  let chat;
  function Page() {
    chat = useChat(options);
    return null;
  }
  const page = create(createElement(Page));
  await until(() => chat !== undefined, PATIENCE_MS, 'the page');
  const text = () => {
    const { parts = [] } = chat.messages.at(-1) ?? {};
    return parts.map((part) => part.text ?? '').join('');
  };
  return {
    get chat() {
      return chat;
    },
    /** Waits until its last message says that. */
    shows: (wanted) => until(() => text() === wanted, PATIENCE_MS, `the text ${wanted}`),
    is: (status) => until(() => chat.status === status, PATIENCE_MS, `the status ${status}`),
    /** As a reload or a closed tab does. */
    leave: () => page.unmount(),
  };
}

module.exports = { load };
