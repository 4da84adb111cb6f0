// What every server of this folder is like, but for its framework.

import { createHub } from 'perennial-sse';

export const ORIGIN = 'https://app.example';

export const hub = createHub({ retryDelay: [2000, 4000] });

/** @param {string | undefined} user the header `x-user` of a request */
export function authorized(user) {
  if (user === 'broken') throw new Error('the database is away');
  if (user === 'banned') return { status: 403 };
  // What no client can have.
  if (user === 'wrong') return { user, channels: ['*'] };
  return user === undefined ? undefined : { user, channels: ['news'] };
}

export const options = {
  admit: async (channel) => channel !== 'secret',
  onError: (error) => console.log(`told of: ${error.message}`),
};

/** What a program does that has something to say; the tests ask for it over HTTP. */
export const publish = ({ channel, data }) => hub.publish(channel, { event: 'news', data });

export const listening = (port) => console.log(`listening on ${port}`);
