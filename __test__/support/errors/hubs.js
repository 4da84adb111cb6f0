'use strict';

const { inspect } = require('node:util');
const { createHub, getHub } = require('../../../index.js');
const { PATIENCE_MS } = require('../client.js');
const { until } = require('../deadline.js');
const { freshHub, startHubApp, visit } = require('../hub.js');
const { ask, certificate, startListener } = require('../listening.js');
const wrong = require('../wrong-hub-options.js');
const listening = require('../wrong-listen-options.js');
const { thrown } = require('./provoke.js');

const shown = (value) =>
  inspect(value, { depth: 5, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 20 });

/** A case for every wrong value of an argument. */
const each = (table, name, call) =>
  table.map(([value]) => ({
    title: `${name}(${shown(value)})`,
    provoke: () => call(freshHub(), value),
  }));

const rejection = (promise) => promise.catch((error) => error);

/** How a second client ends that is like the first. */
const second = (title, hub, client, act) => ({
  title,
  async provoke(t) {
    const app = await startHubApp(t, { hub, client: () => client });
    const first = visit(t, app.url);
    await first.heard(1);
    await act?.(app.hub);
    await visit(t, app.url, { lastEventId: first.lastEventId }).ended();
    return (await app.clients.at(-1).closed).error;
  },
});

/** Ways in which the caller's `authorize` is no help. */
const AUTHORIZE = [
  [
    'throws',
    () => {
      throw new Error('for its author alone');
    },
  ],
  ['is late', () => new Promise(() => {})],
  ['returns nothing', () => undefined],
  ['refuses with 200', () => ({ status: 200 })],
];

const request = new Request('http://app/events');

/** What can go wrong with a hub. */
module.exports = [
  second('more clients than there may be', { maxClients: 1 }, {}),
  second('more clients than a user may have', { maxPerUser: 1 }, { user: 'ann' }),
  second('a client of a hub that is closing', {}, {}, (hub) => {
    hub.close({ spread: 60_000, deadline: 60_000 });
  }),
  second('a client of a user who is revoked', {}, { user: 'ann' }, (hub) => hub.revoke('ann')),
  {
    title: 'an admit that throws',
    async provoke(t) {
      const admit = () => {
        throw new Error('for its author alone');
      };
      const options = [{ channels: ['a'] }, {}];
      const app = await startHubApp(t, { hub: { admit }, client: () => options.shift() });
      app.hub.on('error', () => {});
      const first = visit(t, app.url);
      await first.heard(1);
      await visit(t, app.url, { lastEventId: first.lastEventId }).ended();
      return (await app.clients.at(-1).closed).error;
    },
  },
  {
    title: 'a ticket that opens nothing',
    async provoke(t) {
      const app = await startHubApp(t, { client: () => ({ ticket: 'unknown' }) });
      await visit(t, app.url).ended();
      return (await app.clients[0].closed).error;
    },
  },
  {
    title: 'a ticket with what it says itself',
    provoke: () => rejection(freshHub().response(request, { ticket: 'x', user: 'ann' })),
  },
  {
    title: 'a response that is in use',
    async provoke(t) {
      const prepare = (response) => response.flushHeaders();
      const app = await startHubApp(t, { prepare });
      await visit(t, app.url).ended();
      return app.failures[0];
    },
  },
  {
    title: 'an event for a closed hub',
    async provoke() {
      const hub = freshHub();
      await hub.close();
      return rejection(hub.broadcast({ data: 'x' }));
    },
  },
  { title: 'getHub of no name', provoke: () => thrown(() => getHub('other')) },
  {
    title: 'a name with other options',
    provoke: () => thrown(() => ['skip', 'latest'].map((lag) => createHub({ name: 'taken', lag }))),
  },
  ...each(wrong.HUB, 'createHub', (_, options) => thrown(() => createHub(options))),
  ...each(wrong.CLIENT, 'hub.response', (hub, options) =>
    rejection(hub.response(request, options)),
  ),
  ...each([...wrong.EVENT, ...wrong.PUBLICATION], 'hub.broadcast', (hub, event) =>
    rejection(hub.broadcast(event)),
  ),
  ...each(wrong.DISCONNECT, 'hub.disconnect', (hub, target) => rejection(hub.disconnect(target))),
  ...each(wrong.TICKET, 'hub.ticket', (hub, options) => rejection(hub.ticket(options))),
  ...each(wrong.REVOKE, 'hub.revoke', (hub, options) => rejection(hub.revoke('ann', options))),
  ...each(listening.LISTEN, 'hub.listen', (hub, options) => rejection(hub.listen(options))),
  {
    title: 'hub.listen where another process listens',
    async provoke(t) {
      const { port } = await startListener(t);
      return rejection(freshHub().listen({ port, host: '127.0.0.1' }));
    },
  },
  {
    title: 'hub.listen on an address of another machine',
    provoke: () => rejection(freshHub().listen({ port: 0, host: '192.0.2.1' })),
  },
  {
    title: 'hub.listen on a Unix socket in no folder',
    provoke: () => rejection(freshHub().listen({ socketPath: '/no/such/folder/hub.sock' })),
  },
  {
    title: 'a certificate for a listener without tls',
    async provoke(t) {
      const { listener } = await startListener(t);
      return thrown(() => listener.setSecureContext(certificate));
    },
  },
  ...AUTHORIZE.map(([title, authorize]) => ({
    title: `an authorize that ${title}`,
    async provoke(t) {
      const app = await startListener(t, { authorize, authorizeTimeout: 100 });
      await ask(app.port, '/events');
      await until(() => app.errors.length === 1, PATIENCE_MS, 'the error');
      return app.errors[0];
    },
  })),
];
