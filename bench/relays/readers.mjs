// Reads answers from an application: one connection each, and another one that joins. Counts tokens.

import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, streams] = process.argv.slice(2);

/** Every chunk of an answer has its text in one of these. */
const TOKEN = /"content":"((?:[^"\\]|\\.)*)"/g;
/** So many tokens of the first answer are compared. */
const CHECKED = 20;

/** By when they opened: the first ones, and those that joined. */
const counts = [];
const texts = [];

/** Resolves once each answer has said something to its new reader. */
function openAll() {
  const order = counts.push(0) - 1;
  const opening = Array.from({ length: Number(streams) }, (_, answer) => open(order, answer));
  return Promise.all(opening);
}

function open(order, answer) {
  return new Promise((resolve) => {
    const connection = request(`${url}answer-${answer}`, { agent: false }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        const text = rest + part;
        const end = text.lastIndexOf('\n') + 1;
        rest = text.slice(end);
        for (const [, token] of text.slice(0, end).matchAll(TOKEN)) {
          if (token === '') continue;
          counts[order]++;
          if (answer === 0 && texts.length < CHECKED && order === 0) texts.push(token);
        }
        if (counts[order] > 0) resolve();
      });
      response.on('end', () => process.exit(1));
    });
    connection.on('error', () => process.exit(1));
    connection.end();
  });
}

const ORDERS = {
  open: async () => {
    await openAll();
    return true;
  },
  count: () => ({ first: counts[0], joined: counts[1] ?? 0 }),
  text: async () => {
    while (texts.length < CHECKED) await sleep(20);
    return { text: createHash('sha256').update(texts.join('')).digest('hex') };
  },
};

process.on('message', async (order) => process.send(await ORDERS[order]()));
process.on('disconnect', () => process.exit());
