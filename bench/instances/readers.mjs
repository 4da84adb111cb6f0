// Reads answers from two instances of an application: of each the first reader at one, those that come later at the
// other. Counts tokens, and sees to it that all readers of an answer get the same ones.

import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [streams, first, second] = process.argv.slice(2);

/** Every chunk of an answer has its text in one of these. */
const TOKEN = /"content":"((?:[^"\\]|\\.)*)"/g;
/** So many tokens of an answer are compared with those of all runs. */
const CHECKED = 20;

/** Tokens of each answer, as the reader that was ahead got them. */
const answers = Array.from({ length: Number(streams) }, () => []);
const counts = { first: 0, joined: 0, lost: 0 };

/**
 * @param {string} url
 * @param {number} answer
 * @param {'first' | 'joined'} order
 * @returns {Promise<{ leave: () => void, took: number }>} once the answer has said something to it
 */
function open(url, answer, order) {
  return new Promise((resolve) => {
    const asked = performance.now();
    const known = answers[answer];
    let place = 0;
    let rest = '';
    const connection = request(`${url}answer-${answer}`, { agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (part) => {
        const text = rest + part;
        const end = text.lastIndexOf('\n') + 1;
        rest = text.slice(end);
        for (const [, token] of text.slice(0, end).matchAll(TOKEN)) {
          if (token === '') continue;
          if (place === known.length) known.push(token);
          else if (known[place] !== token) counts.lost++;
          place++;
          counts[order]++;
        }
        if (place > 0) {
          const leave = () => connection.destroy();
          resolve({ leave, took: performance.now() - asked });
        }
      });
      response.on('end', () => process.exit(1));
      response.on('error', () => {});
    });
    connection.on('error', () => {
      if (!connection.destroyed) process.exit(1);
    });
    connection.end();
  });
}

const all = (url, order) => Promise.all(answers.map((_, answer) => open(url, answer, order)));

const ORDERS = {
  open: () => all(first, 'first').then(() => true),
  join: () => all(second, 'joined').then(() => true),
  count: () => counts,
  /** One after the other comes to the second instance, and leaves. */
  resume: async (times) => {
    const took = [];
    for (let time = 0; time < times; time++) {
      const reader = await open(second, time % answers.length, 'joined');
      took.push(reader.took);
      reader.leave();
    }
    return took;
  },
  text: async () => {
    while (answers[0].length < CHECKED) await sleep(20);
    return createHash('sha256').update(answers[0].slice(0, CHECKED).join('')).digest('hex');
  },
};

process.on('message', async ([order, ...args]) => process.send(await ORDERS[order](...args)));
process.on('disconnect', () => process.exit());
