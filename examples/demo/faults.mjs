// What can go wrong with a stream, done on purpose.

/**
 * Every fault: how it is called, how often it strikes, and how it is committed. `commit` gets the
 * server, the response that is under way and the text of the event that must not arrive whole.
 */
export const FAULTS = {
  reset: {
    label: 'connection reset in the middle of an event',
    times: 2,
    commit(_, response, text) {
      response.write(half(text), () => response.socket?.resetAndDestroy());
    },
  },
  truncation: {
    label: 'connection closed in the middle of a chunk',
    times: 2,
    commit(_, response, text) {
      const size = Buffer.byteLength(text).toString(16);
      response.socket.end(`${size}\r\n${half(text)}`);
    },
  },
  stall: {
    label: 'silence on an open connection',
    times: 1,
    commit() {},
  },
  overload: {
    label: '503 with Retry-After: 1',
    times: 2,
    commit(server, response) {
      server.refuseNext();
      response.end();
    },
  },
  refusal: {
    label: 'connections refused for 1.2 s',
    times: 1,
    commit(server, response) {
      response.socket.resetAndDestroy();
      server.away(1200);
    },
  },
  restart: {
    label: 'server restarted',
    times: 1,
    commit(server, response) {
      response.end(() => server.away(300));
    },
  },
};

const half = (text) => text.slice(0, text.length / 2);
