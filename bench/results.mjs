// From many measurements to the numbers that are shown.

import { MEASURES } from './measures.mjs';

/**
 * @typedef {{ median: number, least: number, most: number }} Spread
 * @typedef {import('./measures.mjs').Floor & { against?: string, value: number, met?: boolean }} Judged
 *   `met` is missing where there is no bound
 *
 * @typedef {object} Result of one row
 * @property {string} name
 * @property {string} title
 * @property {string} checksum
 * @property {Record<string, Record<string, Spread>>} clients
 * @property {Judged[]} floors
 * @property {number} [ceiling] events per second that the server reaches alone
 */

/**
 * @param {import('./rows.mjs').Row} row
 * @param {Record<string, Record<string, any>[]>} measurements by client
 * @returns {Result}
 */
export function evaluate({ name, title, clients: names, floors }, measurements) {
  const sums = Object.entries(measurements).flatMap(([client, several]) =>
    several.map(({ checksum }) => ({ client, checksum })),
  );
  const [{ checksum }] = sums;
  const other = sums.find((sum) => sum.checksum !== checksum);
  if (other) {
    throw new Error(`${name}: ${names[0]} received ${checksum}, ${other.client} ${other.checksum}`);
  }
  const clients = Object.fromEntries(
    names.map((client) => [client, spreads(measurements[client])]),
  );
  const judged = floors.map((floor) => judge(floor, clients, names[0]));
  return { name, title, checksum, clients, floors: judged };
}

/**
 * @param {import('./measures.mjs').Floor} floor
 * @param {Record<string, Record<string, Spread>>} clients
 * @param {string} own
 * @returns {Judged}
 */
function judge(floor, clients, own) {
  const { measure, most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY } = floor;
  const medianOf = (client) => clients[client][measure].median;
  const sign = MEASURES[measure][2] === 'more' ? -1 : 1;
  const [against] = [floor.against ?? []].flat().sort((a, b) => sign * (medianOf(a) - medianOf(b)));
  const value = medianOf(own) / (against ? medianOf(against) : 1);
  const judged = { ...floor, against, value };
  const bounded = floor.most !== undefined || floor.least !== undefined;
  return bounded ? { ...judged, met: value <= most && value >= least } : judged;
}

/** @param {Record<string, any>[]} several */
function spreads(several) {
  const measures = Object.keys(several[0]).filter((measure) => measure !== 'checksum');
  return Object.fromEntries(
    measures.map((measure) => [measure, spread(several.map((one) => one[measure]))]),
  );
}

/**
 * @param {number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}
