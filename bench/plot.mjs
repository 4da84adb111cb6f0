// Results as a picture: for each row the time or memory that every client takes.

import { MEASURES } from './measures.mjs';
import { CLIENTS } from './rows.mjs';
import { digits } from './table.mjs';

/** What is plotted of a row, the first that it has; of each, less is better. */
const SHOWN = ['kept', 'p50', 'growth', 'stall', 'jsThread', 'memory'];

const WIDTH = 760;
const LABEL = 230;
const BAR = 400;
const LINE = 20;
const GAP = 34;

/** @param {import('./results.mjs').Result[]} results */
export function plot(results) {
  let top = 48;
  const parts = [];
  for (const { title, clients } of results.filter(
    ({ clients }) => Object.keys(clients).length > 1,
  )) {
    const bars = Object.values(clients);
    const measure = SHOWN.find((name) => name in bars[0]);
    const longest = Math.max(...bars.map((spreads) => spreads[measure].median));
    const [name, unit] = MEASURES[measure];
    parts.push(text(16, top, `${title}: ${name}, ${unit}`, 'title'));
    for (const [client, spreads] of Object.entries(clients)) {
      top += LINE;
      const { median } = spreads[measure];
      const width = Math.max(1, (BAR * median) / longest);
      const kind = client.includes('perennial') ? 'own' : 'peer';
      parts.push(
        text(LABEL - 8, top, CLIENTS[client], 'name'),
        `<rect class="${kind}" x="${LABEL}" y="${top - 12}" width="${width.toFixed(1)}" height="15"/>`,
        text(LABEL + width + 6, top, digits(median), 'value'),
      );
    }
    top += GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" font-family="sans-serif" font-size="13">
<style>.title{font-weight:bold}.name{text-anchor:end}.own{fill:#1a7f5a}.peer{fill:#b9c0c7}text{fill:#24292f}</style>
<rect width="${WIDTH}" height="${top}" fill="#fff"/>
${text(16, 22, 'Shorter is better', 'note')}
${parts.join('\n')}
</svg>
`;
}

function text(x, y, content, kind) {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${kind}" x="${Math.round(x)}" y="${y}">${escaped}</text>`;
}
