// Results as a table in Markdown.

import { CLIENTS, MEASURES } from './rows.mjs';

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
        against ? `${value.toFixed(2)}×` : '',
        bound(measure, against, most, least),
        met ? '✓' : '✗',
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

function bound(measure, against, most, least) {
  const unit = against ? '×' : MEASURES[measure][1] && ` ${MEASURES[measure][1]}`;
  const rounded = Number((most ?? least).toFixed(2));
  return `${most === undefined ? '≥' : '≤'} ${rounded}${unit}`;
}

/** The median, and how far from it the others were. */
function show(measure, { median, least, most }) {
  const unit = MEASURES[measure][1];
  return `${digits(median)}${unit && ` ${unit}`} (${digits(least)}–${digits(most)})`;
}

/** @param {number} value */
export function digits(value) {
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`;
  if (value >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(2)));
}

/** @param {string[][]} rows the first is the head */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
