'use strict';

/** The script of pages with `connect`, and with what they hear. */
const CONNECT_PAGE = `
  import { connect } from 'perennial-sse';
  const heard = [];
  const told = [];
  function open(url, options) {
    const stream = connect(url, options);
    stream.on('event', ({ data }) => heard.push(data));
    stream.on('open', () => told.push('open'));
    stream.on('retry', ({ error }) => told.push('retry ' + (error && error.code)));
    stream.on('close', ({ reason, error }) => told.push('close ' + (error ? error.code : reason)));
    return stream;
  }
  Object.assign(window, { heard, told, open });
  const asked = new URLSearchParams(location.search).get('open');
  if (asked) window.stream = open(asked);
`;

module.exports = { CONNECT_PAGE };
