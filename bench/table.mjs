// Results as a table in Markdown.

import { MEASURES } from './measures.mjs';
import { CLIENTS } from './rows.mjs';

const HEAD = ['work', 'measure', 'perennial-sse', 'peer', '', 'ratio', 'floor', ''];

/** @param {import('./results.mjs').Result[]} results */
export function floorTable(results) {
  const rows = results.flatMap(({ title, clients, floors }) =>
    floors.map(({ measure, against, value, most, least, met }, index) => {
      const [own] = Object.values(clients);
      return [
        index === 0 ? title : '',
        MEASURES[measure][0],
        show(measure, own[measure]),
        against ? show(measure, clients[against][measure]) : '',
        against ? CLIENTS[against] : '',
        against ? `${ratio(value)}×` : '',
        bound(measure, against, most, least),
        met === undefined ? '' : met ? '✓' : '✗',
      ];
    }),
  );
  return table([HEAD, ...rows]);
}

/**
 * Every client of a row, with everything that was measured.
 *
 * @param {import('./results.mjs').Result} result
 */
export function rowTable({ title, checksum, clients }) {
  const measures = Object.keys(Object.values(clients)[0]);
  const head = [`${title} (checksum ${checksum})`, ...measures.map((name) => MEASURES[name][0])];
  const rows = Object.entries(clients).map(([client, spreads]) => [
    CLIENTS[client],
    ...measures.map((measure) => show(measure, spreads[measure])),
  ]);
  return table([head, ...rows]);
}

/**
 * What the comparison with another build found.
 *
 * @param {import('./pairs.mjs').Compared[]} compared
 */
export function comparisonTable(compared) {
  const rows = compared.map(({ title, measure, own, other, ratio: found, interval, met }) => [
    title,
    MEASURES[measure][0],
    quantity(measure, own),
    quantity(measure, other),
    `${found.toFixed(3)}×`,
    interval.map((end) => end.toFixed(3)).join('–'),
    met ? '✓' : '✗',
  ]);
  return table([COMPARISON, ...rows]);
}

const COMPARISON = ['work', 'measure', 'this build', 'the other', 'ratio', 'interval', ''];

function bound(measure, against, most, least) {
  if (most === undefined && least === undefined) return '';
  const unit = against ? '×' : MEASURES[measure][1] && ` ${MEASURES[measure][1]}`;
  return `${most === undefined ? '≥' : '≤'} ${Number(ratio(most ?? least))}${unit}`;
}

/** @param {number} value */
function ratio(value) {
  return value < 0.1 ? value.toPrecision(2) : value.toFixed(2);
}

/** The median, and how far from it the others were. */
function show(measure, { median, least, most }) {
  return `${quantity(measure, median)} (${digits(least)}–${digits(most)})`;
}

/** A number with its unit. */
function quantity(measure, value) {
  const unit = MEASURES[measure][1];
  return `${digits(value)}${unit && ` ${unit}`}`;
}

/** @param {number} value */
export function digits(value) {
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`;
  if (value >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(2)));
}

/** @param {string[][]} rows the first is the head */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
