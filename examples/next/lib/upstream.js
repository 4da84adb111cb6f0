import { connect } from 'perennial-sse';

/** The stream that both routes pass on, from where this browser lost it. */
export const upstream = (lastEventId, options) =>
  connect(process.env.UPSTREAM_URL ?? 'http://127.0.0.1:4000', {
    lastEventId: lastEventId ?? '',
    ...options,
  });
