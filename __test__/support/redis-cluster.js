'use strict';

const { freePort } = require('./free-port.js');
const { asked, startRedis } = require('./redis.js');

/** @typedef {Awaited<ReturnType<typeof startRedis>>} RedisServer */

/** Into how many parts a cluster divides its keys. */
const SLOTS = 16_384;

/**
 * A cluster of three masters.
 *
 * @param {{ after(undo: () => Promise<void>): void }} t
 */
async function startCluster(t) {
  const members = [];
  for (let at = 0; at < 3; at++) members.push(await startMember(t));
  const servers = members.map(({ server }) => server);
  const share = Math.ceil(SLOTS / servers.length);
  for (const [at, server] of servers.entries()) {
    const last = Math.min((at + 1) * share, SLOTS) - 1;
    await server.cli('cluster', 'set-config-epoch', at + 1);
    await server.cli('cluster', 'addslotsrange', at * share, last);
  }
  for (const { server, bus } of members.slice(1)) {
    await servers[0].cli('cluster', 'meet', '127.0.0.1', server.port, bus);
  }
  await whole(servers);
  return servers;
}

/**
 * A server that may become a part of a cluster, and the port at which it talks to the others.
 *
 * @param {{ after(undo: () => Promise<void>): void }} t
 */
async function startMember(t) {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const bus = await freePort();
  const server = await startRedis(t, { args: [...cluster, '--cluster-port', String(bus)] });
  return { server, bus };
}

/**
 * A replica of one server of a cluster, which takes its place when it dies.
 *
 * @param {{ after(undo: () => Promise<void>): void }} t
 * @param {RedisServer} master
 */
async function addReplica(t, master) {
  const { server, bus } = await startMember(t);
  await master.cli('cluster', 'meet', '127.0.0.1', server.port, bus);
  const id = await master.cli('cluster', 'myid');
  const follows = () =>
    server.cli('cluster', 'replicate', id).then(
      (said) => said === 'OK',
      () => false,
    );
  await asked(follows, 'the replica to know its master');
  const linked = async () =>
    (await server.cli('info', 'replication')).includes('master_link_status:up');
  await asked(linked, 'the replica');
  return server;
}

/**
 * Resolves once every server of a cluster knows where all slots are.
 *
 * @param {readonly RedisServer[]} servers
 */
async function whole(servers) {
  const known = async (server) => (await server.cli('cluster', 'info')).includes('state:ok');
  await Promise.all(servers.map((server) => asked(() => known(server), 'the cluster')));
}

/**
 * Moves a slot with its keys to the next server, as an operator does who divides a cluster anew.
 *
 * @param {readonly RedisServer[]} servers
 * @param {number} slot
 */
async function moveSlot(servers, slot) {
  const ids = await Promise.all(servers.map((server) => server.cli('cluster', 'myid')));
  const owners = await servers[0].cli('cluster', 'nodes');
  const at = ids.findIndex((id) => ownsSlot(owners, id, slot));
  const to = (at + 1) % servers.length;
  await servers[to].cli('cluster', 'setslot', slot, 'importing', ids[at]);
  await servers[at].cli('cluster', 'setslot', slot, 'migrating', ids[to]);
  for (;;) {
    const keys = await servers[at].cli('cluster', 'getkeysinslot', slot, 100);
    if (keys === '') break;
    const place = ['127.0.0.1', servers[to].port, '', 0, 5000, 'keys'];
    await servers[at].cli('migrate', ...place, ...keys.split('\n'));
  }
  for (const server of [servers[to], servers[at], ...servers]) {
    await server.cli('cluster', 'setslot', slot, 'node', ids[to]);
  }
}

/**
 * @param {string} nodes what a cluster says of its servers
 * @param {string} id of one
 * @param {number} slot
 */
function ownsSlot(nodes, id, slot) {
  const line = nodes.split('\n').find((one) => one.startsWith(id)) ?? '';
  return line
    .split(' ')
    .slice(8)
    .map((range) => range.split('-').map(Number))
    .some(([first, last = first]) => first <= slot && slot <= last);
}

/** The name under which sentinels know the master. */
const MASTER = 'one';

/**
 * A master, a replica, and three sentinels that watch them.
 *
 * @param {{ after(undo: () => Promise<void>): void }} t
 */
async function startSentinels(t) {
  const master = await startRedis(t);
  const replica = await startRedis(t, { args: ['--replicaof', `127.0.0.1 ${master.port}`] });
  const linked = async () => (await master.cli('info', 'replication')).includes('state=online');
  await asked(linked, 'the replica');
  const file = `port PORT
bind 127.0.0.1
sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 2
sentinel down-after-milliseconds ${MASTER} 1000
sentinel failover-timeout ${MASTER} 4000
`;
  const sentinels = [];
  for (let at = 0; at < 3; at++) {
    sentinels.push(await startRedis(t, { sentinel: true, file }));
  }
  const agreed = async (sentinel) => {
    const said = (await sentinel.cli('sentinel', 'master', MASTER)).split('\n');
    const value = (name) => said[said.indexOf(name) + 1];
    return value('num-other-sentinels') === '2' && value('num-slaves') === '1';
  };
  await Promise.all(sentinels.map((sentinel) => asked(() => agreed(sentinel), 'the sentinels')));
  return { master, replica, sentinels, name: MASTER };
}

module.exports = { addReplica, moveSlot, startCluster, startSentinels };
