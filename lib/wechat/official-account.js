'use strict';

const { splitUtf8 } = require('../../index.js');
const { AccessToken } = require('./access-token.js');
const { Api } = require('./api.js');
const { answering } = require('./answering.js');
const { callbackRoute } = require('./callback-route.js');
const check = require('./checks.js');
const { before } = require('./clock.js');
const { CustomerService } = require('./customer-service.js');
const { SEEN_MS, passiveDeadline } = require('./deadlines.js');
const { COMMON, Door, commonOptions } = require('./door.js');
const { Encryption } = require('./encryption.js');
const { isIdentifier } = require('./identifier.js');
const { LONGEST, LateReplies, partsOf } = require('./late-replies.js');
const { messageOf, textOf } = require('./message.js');
const { OfficialEnvelope } = require('./official-envelope.js');
const { ParkedAnswers } = require('./parked-answers.js');
const { Recent } = require('./recent.js');
const { Refusal } = require('./refusal.js');
const { wording } = require('./texts.js');
const { startTurn } = require('./turn.js');

const OPTIONS = ['token', 'appId', 'appSecret', 'encodingAESKey', 'late', 'baseUrl', ...COMMON];

/** What a user says for the rest of an answer. */
const NEXT = '1';

/** How long a reply is kept here for what comes again, in milliseconds; the store has it for longer. */
const AGAIN_MS = 60_000;

/** What WeChat is told where nothing is to be said. */
const NOTHING = '';

/** See `OfficialAccount` in types/official-account.d.ts. */
class OfficialAccount extends Door {
  #common;
  #envelope;
  #late;
  #service;
  #prefix;
  /** Replies to messages that came lately, for those that come again. */
  /** @type {InstanceType<typeof Recent<Promise<string>>>} */
  #replies;

  /** @param {unknown} given */
  constructor(given) {
    const options = check.group(given, OPTIONS);
    const appId = check.text(options.appId, 'appId');
    const common = commonOptions(options, `wechat:${appId}`);
    super(common.clock);
    this.#common = common;
    this.#replies = new Recent(common.clock, AGAIN_MS);
    this.#prefix = `wechat:${appId}:`;
    const { encodingAESKey: key, appSecret } = options;
    const token = check.text(options.token, 'token');
    const encryption = key === undefined ? undefined : new Encryption(key, appId);
    this.#envelope = new OfficialEnvelope({ token, encryption, clock: common.clock });
    if (appSecret !== undefined) check.text(appSecret, 'appSecret');
    const usual = appSecret === undefined ? 'park' : 'push';
    const late = check.oneOf(options.late ?? usual, 'late', ['push', 'park']);
    if (late === 'push') check.text(appSecret, 'appSecret', "a string, for late: 'push'");
    const api = new Api({
      ...common,
      baseUrl: check.address(options.baseUrl ?? 'https://api.weixin.qq.com', 'baseUrl'),
    });
    this.accessToken = this.#tokenOf(api, appId, appSecret);
    this.#service = new CustomerService(api, this.accessToken);
    this.#late = new LateReplies({
      ...common,
      parked: new ParkedAnswers(common.store, `${this.#prefix}parked:`),
      service: late === 'push' ? this.#service : undefined,
    });
    const route = callbackRoute(
      (callback) => this.#answer(callback),
      (reason) => this.refuse(reason),
      (error) => this.fail(error),
    );
    this.handler = route.handler;
    this.fetch = route.fetch;
    this.plugin = route.plugin;
  }

  /**
   * @param {string} user
   * @param {string} text
   */
  async send(user, text) {
    const parts = splitUtf8(check.text(text, 'text'), LONGEST);
    const { sent, error } = await this.#service.send(check.text(user, 'user'), parts);
    if (error !== undefined) throw error;
    return sent;
  }

  /**
   * @param {InstanceType<typeof Api>} api
   * @param {string} appId
   * @param {string} secret
   */
  #tokenOf(api, appId, secret) {
    const { store, clock } = this.#common;
    return new AccessToken({
      store,
      clock,
      key: `${this.#prefix}token`,
      fetch: async (force) => {
        const asked = { grant_type: 'client_credential', appid: appId, secret };
        const reply = await api.call('/cgi-bin/stable_token', { ...asked, force_refresh: force });
        return { token: reply.access_token, expiresIn: reply.expires_in };
      },
    });
  }

  /** @param {import('./callback-route.js').Callback} callback */
  async #answer(callback) {
    const at = this.#common.clock.now();
    const opened = await this.#envelope.open(callback);
    if ('echo' in opened) return this.#envelope.plain(opened.echo);
    const message = messageOf(opened.fields);
    if (!isIdentifier(message.id) || !isIdentifier(message.user)) throw new Refusal('body');
    const text = await this.#reply(message, at);
    return text === NOTHING
      ? this.#envelope.plain('success')
      : this.#envelope.seal(message, text, opened.nonce);
  }

  /**
   * The reply to a message: made once, however often it comes.
   *
   * @param {any} message
   * @param {number} at
   */
  #reply(message, at) {
    const key = message.id;
    const known = this.#replies.get(key);
    if (known !== undefined) {
      this.tell('duplicate', { message: key, user: message.user, at });
      return known;
    }
    const reply = this.#firstReply(message, at);
    this.#replies.set(key, reply);
    // What failed here is delivered again.
    reply.catch(() => this.#replies.delete(key));
    return reply;
  }

  /**
   * @param {any} message
   * @param {number} at
   */
  async #firstReply(message, at) {
    const { store } = this.#common;
    const { id, user } = message;
    const turn = { message: id, user, key: user, text: textOf(message) ?? '', at };
    const key = `${this.#prefix}seen:${message.id}`;
    if (!(await store.setIfAbsent(key, NOTHING, SEEN_MS))) {
      // Another process has it, or had it.
      this.tell('duplicate', turn);
      return (await store.get(key)) ?? NOTHING;
    }
    this.tell('received', turn, { type: message.type });
    const reply =
      turn.text === '' ? await this.#toOther(message, turn) : await this.#toText(message, turn);
    // Without it other processes reply nothing to what comes again.
    if (reply !== NOTHING) await store.set(key, reply, SEEN_MS).catch((error) => this.fail(error));
    this.tell('replied', turn, { bytes: Buffer.byteLength(reply) });
    return reply;
  }

  /**
   * @param {any} message
   * @param {import('./turn.js').Turn} turn
   */
  async #toOther(message, turn) {
    const { onMessage } = this.#common;
    if (onMessage === undefined) return NOTHING;
    return this.#inTime((async () => answering(await onMessage(message)).over)(), turn);
  }

  /**
   * @param {any} message
   * @param {import('./turn.js').Turn} turn
   */
  async #toText(message, turn) {
    if (turn.text.trim() === NEXT) {
      const next = await this.#late.next(turn);
      if (next !== undefined) return next;
    }
    const { answer } = this.#common;
    const { user, text } = turn;
    const { over } = startTurn(
      this.#common,
      turn,
      async (opening) => answering(await answer({ message, user, text, ...opening })),
      (error) => this.fail(error),
    );
    return this.#inTime(over, turn);
  }

  /**
   * An outcome as a reply, if it comes in time; else it goes the way of this account.
   *
   * @param {Promise<import('./answering.js').Outcome | null>} outcome
   * @param {import('./turn.js').Turn} turn
   * @returns {Promise<string>}
   */
  async #inTime(outcome, turn) {
    const { clock, patience, texts } = this.#common;
    const parts = outcome.then((over) =>
      over === null ? [] : partsOf(wording(over, texts), texts.more),
    );
    const made = await before(clock, passiveDeadline(turn.at), parts);
    if (made !== undefined && made.length <= 1) return made[0] ?? NOTHING;
    if (this.#late.pushes) {
      this.#push(parts, turn, made === undefined).catch((error) => this.fail(error));
      return NOTHING;
    }
    if (made !== undefined) return this.#late.keepRest(turn, made);
    const keep = await this.#late.await(turn, patience);
    this.tell('parked', turn);
    parts.then(keep).catch((error) => this.fail(error));
    return texts.thinking;
  }

  /**
   * @param {Promise<string[]>} parts
   * @param {import('./turn.js').Turn} turn
   * @param {boolean} waits whether the user does
   */
  async #push(parts, turn, waits) {
    if (waits) {
      this.tell('typing', turn);
      await this.#late.typing(turn.user).catch((error) => this.fail(error));
    }
    const all = await parts;
    const { sent, error } = await this.#late.push(turn, all);
    this.tell('pushed', turn, { parts: sent, of: all.length });
    if (error !== undefined) this.fail(error);
  }
}

/**
 * See `officialAccount` in types/official-account.d.ts.
 *
 * @param {unknown} options
 */
const officialAccount = (options) => new OfficialAccount(options);

module.exports = { OfficialAccount, officialAccount };
