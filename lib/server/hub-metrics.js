'use strict';

/**
 * @typedef {import('../../index.js').HubStats} HubStats
 * @typedef {[name: string, help: string, value: (stats: HubStats) => number]} Metric
 */

/** What a hub has now. */
/** @type {Metric[]} */
const GAUGES = [
  ['clients', 'Clients that are connected to this process.', ({ clients }) => clients],
  ['users', 'Users with a client.', ({ users }) => users],
  ['channels', 'Channels with a client.', ({ channels }) => channels],
  ['stalled_clients', 'Clients whose connections take no more.', ({ stalled }) => stalled],
  ['behind_clients', 'Clients that have not been sent everything.', ({ behind }) => behind],
  ['log_bytes', 'Bytes that the log takes in memory.', ({ log }) => log.bytes],
];

/** What a hub has been through. */
/** @type {Metric[]} */
const COUNTERS = [
  ['published', 'Events that were published.', ({ published }) => published],
  ['deliveries', 'Events that were sent, counted for each client.', (stats) => stats.deliveries],
  ['sent_bytes', 'Bytes that were sent.', ({ bytes }) => bytes],
  ['heartbeats', 'Comments that were sent to silent clients.', ({ heartbeats }) => heartbeats],
  ['gaps', 'Gaps that clients were told of.', ({ gaps }) => gaps],
  ['lagged', 'Times that a client was too far behind.', ({ lagged }) => lagged],
  ['refused', 'Clients that were told to come again later.', ({ refused }) => refused],
];

/**
 * See `Hub.metrics` in index.d.ts. The text format of Prometheus, version 0.0.4.
 *
 * @param {string} hub
 * @param {HubStats} stats
 */
function metrics(hub, stats) {
  const label = `hub="${escaped(hub)}"`;
  const gauges = GAUGES.map(([name, help, value]) =>
    metric(`perennial_hub_${name}`, 'gauge', help, [[label, value(stats)]]),
  );
  const counters = COUNTERS.map(([name, help, value]) =>
    metric(`perennial_hub_${name}_total`, 'counter', help, [[label, value(stats)]]),
  );
  const reasons = Object.entries(stats.closed).map(([reason, count]) => {
    return /** @type {[string, number]} */ ([`${label},reason="${reason}"`, count]);
  });
  const help = 'Clients that have gone, by the reason.';
  const closed = metric('perennial_hub_closed_total', 'counter', help, reasons);
  return [...gauges, ...counters, closed].join('');
}

/**
 * @param {string} name
 * @param {'gauge' | 'counter'} type
 * @param {string} help
 * @param {[labels: string, value: number][]} samples
 */
function metric(name, type, help, samples) {
  const lines = samples.map(([labels, value]) => `${name}{${labels}} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** @param {string} label */
const escaped = (label) =>
  label.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));

module.exports = { metrics };
