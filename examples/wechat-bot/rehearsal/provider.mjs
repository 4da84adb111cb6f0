// A provider in the dialect of Chat Completions that can be slow, or break off.

import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long it takes to write a piece, in milliseconds. */
const PIECE_MS = 120;

const ANSWERS = {
  short: '大江东去，浪淘尽，千古风流人物。',
  long: '黄河发源于青藏高原，全长约5464公里，流经九个省区，最后注入渤海。它含沙量大，塑造了广阔的平原，也养育了中华文明。',
};

/**
 * @param {{ breaksOff?: boolean, delay?: (text: string) => number }} options
 */
export async function startProvider({ breaksOff = false, delay = () => 0 }) {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    let json = '';
    for await (const part of request) json += part;
    const { messages } = JSON.parse(json);
    const question = messages.at(-1).content;
    await sleep(delay(question));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const answer = question.includes('黄河') ? ANSWERS.long : ANSWERS.short;
    const pieces = answer.match(/.{1,4}/gu);
    for (const [index, piece] of pieces.entries()) {
      if (response.destroyed) return;
      // A clean end, as a proxy makes it that restarts.
      if (breaksOff && index > pieces.length / 2) return response.end();
      response.write(chunk({ content: piece }));
      await sleep(PIECE_MS);
    }
    response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    answers: ANSWERS,
    requests: () => requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const chunk = (delta, reason = null) =>
  `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
