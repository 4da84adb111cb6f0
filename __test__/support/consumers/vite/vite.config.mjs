export default {
  build: {
    // It asks for a document; the test runs what comes out in Node.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'main.mjs' },
  },
};
