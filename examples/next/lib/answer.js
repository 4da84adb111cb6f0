const UPSTREAM = process.env.UPSTREAM_URL ?? 'http://127.0.0.1:4000';

/** What both routes ask: the conversation of a browser, with the key that only the server knows. */
export const answerTo = (messages, options) => ({
  baseUrl: `${UPSTREAM}/v1`,
  apiKey: process.env.UPSTREAM_KEY ?? null,
  model: 'example',
  messages,
  ...options,
});
