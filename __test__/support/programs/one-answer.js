'use strict';

// An answer in a process of its own: what it does with the process is what is asked.
// Arguments: the way to take it, and the base URL.

const { chat } = require('../../../index.js');

const [way, baseUrl] = process.argv.slice(2);
const options = {
  baseUrl,
  apiKey: null,
  model: 'm',
  messages: [{ role: 'user', content: 'x' }],
  retry: false,
};

const WAYS = {
  /** Nobody keeps the answer, and nobody waits for it. */
  ignored: () => {
    chat(options);
  },
  listener: () => {
    chat(options).on('done', ({ content }) => console.log(content));
  },
  promise: () => {
    chat(options)
      .text()
      .then((text) => console.log(text));
  },
  unref: () => {
    chat(options)
      .unref()
      .on('content', (text) => console.log(text));
    // As long as it takes for a piece to come.
    setTimeout(() => {}, 1000);
  },
};

WAYS[way]();
