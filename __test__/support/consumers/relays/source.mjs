// What every server of this folder asks, and how it tells where it listens.

import { chat } from 'perennial-sse';

/** @param {{ messages: object[] }} body of the request */
export const source = ({ messages }) =>
  chat({ baseUrl: `${process.env.UPSTREAM}/v1`, apiKey: null, model: 'm', messages, retry: false });

export const listening = (port) => console.log(`listening on ${port}`);
