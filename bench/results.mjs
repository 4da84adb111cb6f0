// From many measurements to the numbers that are shown.

/**
 * @typedef {{ median: number, least: number, most: number }} Spread
 * @typedef {import('./rows.mjs').Floor & { value: number, met: boolean }} Judged
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
  const own = clients[names[0]];
  const judged = floors.map((floor) => {
    const { measure, against, most = Number.POSITIVE_INFINITY, least = 0 } = floor;
    const value = own[measure].median / (against ? clients[against][measure].median : 1);
    return { ...floor, value, met: value <= most && value >= least };
  });
  return { name, title, checksum, clients, floors: judged };
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
function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}
