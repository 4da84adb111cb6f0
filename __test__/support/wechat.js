'use strict';

const { officialAccount, wecomBot, wecomBotConnection } = require('../../lib/wechat/wechat.js');
const {
  fakeOfficialAccount,
  fakeWecomBot,
  fakeWecomServer,
  virtualClock,
  virtualStore,
} = require('../../lib/wechat/testing/testing.js');

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const ACCOUNT = { token: 'a-token', appId: 'wx0123456789', appSecret: 'a-secret' };

/**
 * An Official Account and WeChat, on one virtual clock.
 *
 * @param {object} options of the bot
 * @param {object} [fake] options of WeChat
 */
function accountRig(options, fake = {}) {
  const clock = options.clock ?? virtualClock();
  const store = options.store ?? virtualStore(clock);
  const { late: _, ...shared } = { ...ACCOUNT, ...options };
  const { token, appId, appSecret, encodingAESKey } = shared;
  const told = { errors: [], refused: [], steps: [] };
  const wechat = fakeOfficialAccount({
    ...{ token, appId, appSecret, encodingAESKey, clock },
    target: (request) => bot.fetch(request),
    ...fake,
  });
  const bot = officialAccount({ ...ACCOUNT, fetch: wechat.fetch, ...options, clock, store });
  bot.on('error', (error) => told.errors.push(error));
  bot.on('refused', ({ reason }) => told.refused.push(reason));
  bot.on('step', (step) => told.steps.push(step));
  return { clock, store, wechat, bot, ...told };
}

let rigs = 0;

const BOT = { token: 'a-token', encodingAESKey: KEY };

/**
 * A bot of WeCom with a callback URL, and WeCom, on one virtual clock.
 *
 * @param {object} options of the bot
 * @param {object} [fake] options of WeCom
 */
function botRig(options, fake = {}) {
  const clock = options.clock ?? virtualClock();
  const store = options.store ?? virtualStore(clock);
  const told = { errors: [], refused: [], steps: [] };
  const target = (request) => bot.fetch(request);
  rigs += 1;
  // Bots of one process share a relay, in which another bot's messages have other names.
  const wecom = fakeWecomBot({ ...BOT, bot: `bot-${rigs}`, clock, target, ...fake });
  const bot = wecomBot({ ...BOT, fetch: wecom.fetch, ...options, clock, store });
  bot.on('error', (error) => told.errors.push(error));
  bot.on('refused', ({ reason }) => told.refused.push(reason));
  bot.on('step', (step) => told.steps.push(step));
  return { clock, store, wecom, bot, ...told };
}

const CONNECTION = { botId: 'a-bot', secret: 'a-secret' };

/**
 * A bot of WeCom with a long connection, and WeCom, on one virtual clock.
 *
 * @param {object} options of the bot
 */
function connectionRig(options) {
  const clock = options.clock ?? virtualClock();
  const store = options.store ?? virtualStore(clock);
  rigs += 1;
  const credentials = { ...CONNECTION, botId: `${CONNECTION.botId}-${rigs}` };
  const told = { errors: [], steps: [], waits: [], closed: [] };
  const server = fakeWecomServer({ ...credentials, clock });
  const make = (more) => {
    const { WebSocket } = server;
    const bot = wecomBotConnection({
      ...credentials,
      WebSocket,
      ...options,
      clock,
      store,
      ...more,
    });
    bot.on('error', (error) => told.errors.push(error));
    bot.on('step', (step) => told.steps.push(step));
    bot.on('reconnect', ({ delay }) => told.waits.push(delay));
    bot.on('close', ({ error }) => told.closed.push(error));
    return bot;
  };
  return { clock, store, server, make, bot: make(), ...told };
}

/** An answer whose pieces come at times of a clock: milliseconds from now, and text. */
async function* pieces(clock, list) {
  const started = clock.now();
  for (const [at, text] of list) {
    const left = started + at - clock.now();
    if (left > 0) await new Promise((resolve) => clock.after(left, resolve));
    if (text instanceof Error) throw text;
    yield text;
  }
}

/** An answer that says something after so many milliseconds of a clock, and then ends, or fails. */
async function* later(clock, delay, text, error) {
  await new Promise((resolve) => clock.after(delay, resolve));
  yield text;
  if (error) throw error;
}

/** Goes on until a delivery has an end; gives what became of it. */
async function delivered(clock, delivery, ms = 60_000) {
  let over;
  delivery.then((value) => {
    over = value;
  });
  for (let passed = 0; over === undefined && passed <= ms; passed += 250) await clock.advance(250);
  if (over === undefined) throw new Error(`no end after ${ms} ms of the virtual clock`);
  return over;
}

module.exports = {
  ACCOUNT,
  BOT,
  CONNECTION,
  KEY,
  accountRig,
  botRig,
  connectionRig,
  delivered,
  later,
  pieces,
};
