// What a release may weigh.

/** Bytes of an addon. */
export const ADDON = 7_100_000;

/** Bytes of the main package and one platform's, unpacked. */
export const INSTALLED = 10_250_000;

/** The most bytes that a page may download of parts of this package, minified and compressed. */
export const PAGES = {
  'connect() for browsers': {
    source: `export { connect } from 'perennial-sse';`,
    most: 16_500,
  },
  'the package for browsers': { source: `export * from 'perennial-sse';`, most: 18_860 },
  'the hooks, with connect()': { source: `export * from 'perennial-sse/react';`, most: 21_400 },
};
