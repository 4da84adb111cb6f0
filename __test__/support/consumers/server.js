'use strict';

const { startServer } = require('../fault-server.js');

/** What the consumers talk to: `/events` brings two events and a 204 behind them, else 404. */
function startSource() {
  let asked = 0;
  return startServer(async (exchange) => {
    if (exchange.request.path !== '/events') return exchange.status(404);
    asked += 1;
    // Every second time there is nothing more, which ends the stream.
    if (asked % 2 === 0) return exchange.status(204);
    await exchange.event({ id: '1', data: 'one', retry: 100 });
    await exchange.event({ id: '2', data: 'two' });
  });
}

module.exports = { startSource };
