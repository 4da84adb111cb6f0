'use strict';

const { join } = require('node:path');
const { ROOT, bundle } = require('./bundle.js');

/** React in the oldest version that the hooks support, and in the newest. */
const REACTS = {
  18: join(ROOT, '__test__', 'react-18', 'node_modules'),
  19: join(ROOT, 'node_modules'),
};

/** A page that mounts components by name, and shows what a hook gives. */
const SOURCE = `
  import * as React from 'react';
  import { createRoot } from 'react-dom/client';
  import { useAnswer, useEventStream } from 'perennial-sse/react';

  const { StrictMode, useState } = React;
  const root = createRoot(document.getElementById('root'));
  const page = Object.assign(window, { React, renders: 0, finished: [], failed: [], heard: [], states: [] });
  page.remember = ({ status }) => {
    if (page.states.at(-1) !== status) page.states.push(status);
  };

  function Stream({ url, options }) {
    page.renders += 1;
    page.hook = useEventStream(url, {
      ...options,
      onEvent: (event) => page.heard.push(event.data),
      onError: (error) => page.failed.push(error.code),
    });
    page.remember(page.hook);
    return <p>{JSON.stringify(page.hook.data)}</p>;
  }

  function Answer(options) {
    page.renders += 1;
    page.hook = useAnswer({
      ...options,
      onFinish: ({ message, stopped }) => page.finished.push([message.content, stopped]),
      onError: (error) => page.failed.push(error.code),
    });
    page.remember(page.hook);
    return page.hook.messages.map(({ id, role, content }) => <p key={id}>{role}: {content}</p>);
  }

  function Hidden({ children }) {
    const [mode, setMode] = useState('visible');
    page.setMode = setMode;
    return <React.Activity mode={mode}>{children}</React.Activity>;
  }

  const kinds = { Stream, Answer };
  page.show = (kind, props, { hidden = false, fresh = false } = {}) => {
    const Kind = kinds[kind];
    // As a development server does after an edit: the same place, another function.
    const Component = fresh ? (given) => Kind(given) : Kind;
    const component = <Component {...props} />;
    root.render(<StrictMode>{hidden ? <Hidden>{component}</Hidden> : component}</StrictMode>);
  };
  page.hide = () => root.render(null);
`;

/**
 * @param {'18' | '19'} version of React
 * @param {string} [more] to run on the page
 * @param {import('esbuild').BuildOptions} [options]
 */
function reactPage(version, more = '', options = {}) {
  const modules = REACTS[version];
  const alias = { react: join(modules, 'react'), 'react-dom': join(modules, 'react-dom') };
  return bundle(SOURCE + more, { alias, ...options });
}

module.exports = { REACTS, reactPage };
