'use strict';

const { splitUtf8 } = require('../../index.js');
const { refused } = require('./bot-socket.js');
const { before, sleep } = require('./clock.js');
const { LONGEST, restOf } = require('./stream-frame.js');
const { streamReply } = require('./bot-message.js');
const { wording } = require('./texts.js');

/** How far two frames of a conversation are apart, in milliseconds: 24 a minute, of the 30 that are allowed. */
const FRAME_MS = 2500;

/** How long the first frame waits for an answer that is there at once. */
const FIRST_MS = 100;

/** How often the last frame is sent that has no acknowledgement. */
const TRIES = 3;

/**
 * @typedef {object} Outlet where frames go
 * @property {(cmd: string, body: object, id?: string) => Promise<any>} send resolves with the acknowledgement
 * @property {() => Promise<void>} connected
 * @property {InstanceType<typeof import('./push-budget.js').PushBudget>} budget of the conversation
 * @property {{ chatid: string, chat_type: number }} chat
 * @property {import('./clock.js').Clock} clock
 * @property {typeof import('./texts.js').TEXTS} texts
 * @property {(step: string, more: object) => void} tell
 */

/**
 * Shows an answer frame by frame, as many as the budget has room for, and the last one always.
 *
 * @param {InstanceType<typeof import('./bot-stream.js').BotStream>} stream
 * @param {string} request the id of the request that it replies to
 * @param {Outlet} outlet
 */
async function pushStream(stream, request, outlet) {
  const { budget, clock, tell, texts } = outlet;
  const { id } = stream.record;
  let last;
  await before(clock, clock.now() + FIRST_MS, stream.over);
  for (;;) {
    const { content, finish } = stream.frame();
    if (finish) break;
    if (content !== last && budget.takeFrame(clock.now())) {
      // Until this is acknowledged no other frame is sent, and a lost one is made up for by the next.
      const sent = outlet.send('aibot_respond_msg', streamReply(id, content, false), request);
      await sent.then(
        () => tell('frame', { bytes: Buffer.byteLength(content) }),
        () => {},
      );
      last = content;
    }
    await before(clock, clock.now() + FRAME_MS, stream.over);
  }
  const { content, shown } = stream.frame();
  const taken = await sendLast(streamReply(id, content, true), request, outlet);
  tell('finished', { bytes: Buffer.byteLength(content) });
  const outcome = await stream.over;
  if (!taken) await pushMarkdown(outcome === null ? '' : wording(outcome, texts), outlet);
  else if (shown !== null) await pushMarkdown(restOf(outcome, shown, texts), outlet);
}

/**
 * Sends what must arrive. To send it twice does no harm: it replaces itself.
 *
 * @param {object} body
 * @param {string} request
 * @param {Outlet} outlet
 * @returns {Promise<boolean>} whether WeCom took it; if not, the stream is over there
 */
async function sendLast(body, request, outlet) {
  for (let attempt = 1; ; attempt++) {
    await place(outlet);
    await outlet.connected();
    try {
      const { errcode } = await outlet.send('aibot_respond_msg', body, request);
      return errcode === 0;
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}

/**
 * Sends text as messages of its own.
 *
 * @param {string} text
 * @param {Outlet} outlet
 */
async function pushMarkdown(text, outlet) {
  const parts = text.trim() === '' ? [] : splitUtf8(text, LONGEST);
  for (const content of parts) {
    await place(outlet);
    await outlet.connected();
    const message = { ...outlet.chat, msgtype: 'markdown', markdown: { content } };
    const { errcode, errmsg } = await outlet.send('aibot_send_msg', message);
    if (errcode !== 0) throw refused('aibot_send_msg', errcode, errmsg);
  }
  if (parts.length > 0) outlet.tell('pushed', { parts: parts.length, of: parts.length });
}

/**
 * Waits until the budget has a place, and takes it.
 *
 * @param {Outlet} outlet
 */
async function place({ budget, clock }) {
  while (!budget.takeFinal(clock.now())) {
    await sleep(clock, Math.max(1, budget.nextFinal(clock.now()) - clock.now()));
  }
}

module.exports = { pushMarkdown, pushStream };
