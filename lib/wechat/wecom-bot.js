'use strict';

const { createRelay } = require('../../index.js');
const { answering, ofRun } = require('./answering.js');
const { Api } = require('./api.js');
const { BotEnvelope } = require('./bot-envelope.js');
const {
  botMessageOf,
  conversationOf,
  isIdentified,
  streamIdOf,
  streamReply,
} = require('./bot-message.js');
const { BotStream } = require('./bot-stream.js');
const { callbackRoute } = require('./callback-route.js');
const check = require('./checks.js');
const { before } = require('./clock.js');
const { passiveDeadline, streamDeadline } = require('./deadlines.js');
const { COMMON, Door, commonOptions } = require('./door.js');
const { Encryption } = require('./encryption.js');
const { isIdentifier } = require('./identifier.js');
const { parsedOrNothing } = require('./json.js');
const { Recent } = require('./recent.js');
const { Refusal } = require('./refusal.js');
const { restartedAnswer, sharedAnswer } = require('./shared-answer.js');
const { oneMessage, restOf } = require('./stream-frame.js');
const { wording } = require('./texts.js');
const { startTurn } = require('./turn.js');

const OPTIONS = ['token', 'encodingAESKey', 'relay', 'onLost', ...COMMON];

/** How long a stream is known, in milliseconds: longer than WeCom asks for it. */
const KNOWN_MS = 15 * 60_000;

/** How long a finished one is kept here, in milliseconds; the relay has it for longer. */
const FINISHED_MS = 60_000;

/** How long the first frame waits for an answer that is there at once. */
const FIRST_MS = 100;

/**
 * @typedef {import('./types/wecom.js').WecomBotMessage} Message
 */

/** See `wecomBot` in types/wecom.d.ts. */
class WecomBot extends Door {
  #common;
  #envelope;
  #relay;
  #onLost;
  #api;
  /** @type {InstanceType<typeof Recent<Promise<InstanceType<typeof BotStream> | undefined>>>} */
  #streams;
  /** @type {InstanceType<typeof Recent<InstanceType<typeof BotStream>>>} */
  #finished;

  /** @param {unknown} given */
  constructor(given) {
    const options = check.group(given, OPTIONS);
    const common = commonOptions(options, 'wecom');
    super(common.clock);
    this.#common = common;
    const token = check.text(options.token, 'token');
    // Bots of one's own have no receiver.
    const encryption = new Encryption(options.encodingAESKey, '');
    this.#envelope = new BotEnvelope({ token, encryption, clock: common.clock });
    this.#relay =
      options.relay === undefined ? createRelay({ name: 'wechat' }) : check.relay(options.relay);
    this.#onLost = /** @type {'fail' | 'restart'} */ (
      check.oneOf(options.onLost ?? 'fail', 'onLost', ['fail', 'restart'])
    );
    this.#api = new Api({ ...common, baseUrl: '' });
    this.#streams = new Recent(common.clock, KNOWN_MS);
    this.#finished = new Recent(common.clock, FINISHED_MS);
    const route = callbackRoute(
      (callback) => this.#answer(callback),
      (reason) => this.refuse(reason),
      (error) => this.fail(error),
    );
    this.handler = route.handler;
    this.fetch = route.fetch;
    this.plugin = route.plugin;
  }

  /** @param {import('./callback-route.js').Callback} callback */
  async #answer(callback) {
    const at = this.#common.clock.now();
    const opened = await this.#envelope.open(callback);
    if ('echo' in opened) return this.#envelope.plain(opened.echo);
    const reply = await this.#reply(opened.body, at);
    return reply === null ? this.#envelope.plain('') : this.#envelope.seal(reply, opened.nonce);
  }

  /**
   * @param {any} body
   * @param {number} at
   * @returns {Promise<object | null>}
   */
  async #reply(body, at) {
    if (body.msgtype === 'stream') return this.#refresh(String(body.stream?.id ?? ''));
    const message = botMessageOf(body);
    if (!isIdentified(message)) throw new Refusal('body');
    const { id, user, text } = message;
    const turn = { message: id, user, key: conversationOf(message), text, at };
    if (text.trim() === '') return this.#toOther(message, turn);
    const responseUrl = String(body.response_url ?? '');
    return this.#begin(message, { id: streamIdOf(message), turn, responseUrl });
  }

  /**
   * @param {Message} message
   * @param {import('./bot-stream.js').Record} record
   */
  async #begin(message, record) {
    const { store, clock } = this.#common;
    const { id, turn } = record;
    const value = JSON.stringify({ ...record, fields: message.fields });
    if (!(await store.setIfAbsent(`wecom:stream:${id}`, value, KNOWN_MS))) {
      this.tell('duplicate', turn);
      // Here or elsewhere it is on its way.
      const known = this.#finished.get(id) ?? (await this.#streams.get(id));
      return known === undefined ? streamReply(id, '', false) : this.#show(known);
    }
    this.tell('received', turn, { type: message.type });
    const stream = new BotStream(record, this.#start(message, record, false), this.#common);
    this.#streams.set(id, Promise.resolve(stream));
    await before(clock, turn.at + FIRST_MS, stream.over);
    return this.#show(stream);
  }

  /**
   * Asks for the answer.
   *
   * @param {Message} message
   * @param {import('./bot-stream.js').Record} record
   * @param {boolean} isLost whether it was begun by a process that is gone
   */
  #start(message, { id, turn }, isLost) {
    const { answer, store } = this.#common;
    const { user, text } = turn;
    return startTurn(
      this.#common,
      turn,
      async (opening) => {
        const make = () => answer({ message, user, text, ...opening });
        const begin = isLost ? restartedAnswer : sharedAnswer;
        const answered = await begin(this.#relay, id, make);
        // From here on another process that finds no run knows that it is lost.
        await store.set(`wecom:started:${id}`, '', KNOWN_MS);
        return answered;
      },
      (error) => this.fail(error),
      isLost,
    );
  }

  /** @param {string} id */
  async #refresh(id) {
    if (!isIdentifier(id)) return streamReply('', this.#common.texts.interrupted, true);
    const finished = this.#finished.get(id);
    if (finished !== undefined) return this.#show(finished);
    let known = this.#streams.get(id);
    if (known === undefined) {
      known = this.#recover(id);
      this.#streams.set(id, known);
      // What failed is looked for again by the next request.
      known.catch(() => this.#streams.delete(id));
    }
    const stream = await known;
    if (stream !== undefined) return this.#show(stream);
    this.#streams.delete(id);
    return (await this.#isAwaited(id))
      ? streamReply(id, '', false)
      : streamReply(id, this.#common.texts.interrupted, true);
  }

  /**
   * A stream that another process began, from what it has logged.
   *
   * @param {string} id
   */
  async #recover(id) {
    const found = parsedOrNothing(await this.#common.store.get(`wecom:stream:${id}`));
    const run = found === undefined ? undefined : await this.#relay.resume(id);
    if (run === undefined) return undefined;
    const { fields, ...record } = found;
    this.tell('recovered', record.turn);
    /** @type {import('./bot-stream.js').Source} */
    let source = ofRun(run, () => {});
    const over = source.over.then((outcome) => {
      const { code } = Object(outcome?.error);
      if (code !== 'ERR_SSE_PRODUCER_LOST' || this.#onLost !== 'restart') return outcome;
      source = this.#start(botMessageOf(fields), record, true);
      return source.over;
    });
    return new BotStream(record, { text: () => source.text(), over }, this.#common);
  }

  /**
   * Whether another process has a message whose answer it has not begun.
   *
   * @param {string} id
   */
  async #isAwaited(id) {
    const { clock, store } = this.#common;
    const found = parsedOrNothing(await store.get(`wecom:stream:${id}`));
    if (found === undefined) return false;
    if ((await store.get(`wecom:started:${id}`)) !== undefined) return false;
    return clock.now() < streamDeadline(found.turn.at);
  }

  /** @param {InstanceType<typeof BotStream>} stream */
  #show(stream) {
    const { id, turn } = stream.record;
    const isNew = !stream.isFinished;
    const { content, finish, shown } = stream.frame();
    const bytes = Buffer.byteLength(content);
    if (!finish) this.tell('frame', turn, { bytes });
    else if (isNew) {
      this.#streams.delete(id);
      this.#finished.set(id, stream);
      this.tell('finished', turn, { bytes });
      if (shown !== null) this.#sendRest(stream, shown).catch((error) => this.fail(error));
    }
    return streamReply(id, content, finish);
  }

  /**
   * Sends what the last frame did not show, once: the address is good for one message.
   *
   * @param {InstanceType<typeof BotStream>} stream
   * @param {string} shown
   */
  async #sendRest(stream, shown) {
    const { store, texts } = this.#common;
    const { id, turn, responseUrl } = stream.record;
    const rest = oneMessage(restOf(await stream.over, shown, texts), texts);
    if (rest === '' || responseUrl === '') return;
    if (!(await store.setIfAbsent(`wecom:rest:${id}`, '', KNOWN_MS))) return;
    await this.#push(responseUrl, rest);
    this.tell('pushed', turn, { parts: 1, of: 1, bytes: Buffer.byteLength(rest) });
  }

  /**
   * @param {string} responseUrl
   * @param {string} content
   */
  #push(responseUrl, content) {
    const message = { msgtype: 'markdown', markdown: { content } };
    return this.#api.callUrl(responseUrl, 'response_url', message);
  }

  /**
   * What is no text has five seconds, and no stream.
   *
   * @param {Message} message
   * @param {import('./turn.js').Turn} turn
   */
  async #toOther(message, turn) {
    const { clock, onMessage, store, texts } = this.#common;
    if (onMessage === undefined) return null;
    if (!(await store.setIfAbsent(`wecom:seen:${message.id}`, '', KNOWN_MS))) return null;
    this.tell('received', turn, { type: message.event ?? message.type });
    const text = (async () => {
      const outcome = await answering(await onMessage(message)).over;
      return outcome === null ? '' : wording(outcome, texts);
    })();
    const made = await before(clock, passiveDeadline(turn.at), text);
    const responseUrl = String(message.fields.response_url ?? '');
    if (made === undefined) {
      text
        .then((late) =>
          late === '' || responseUrl === '' ? undefined : this.#push(responseUrl, late),
        )
        .catch((error) => this.fail(error));
      return null;
    }
    if (made === '') return null;
    this.tell('replied', turn, { bytes: Buffer.byteLength(made) });
    if (message.type === 'event') return { msgtype: 'text', text: { content: made } };
    const outcome = { text: made };
    const stream = new BotStream(
      { id: streamIdOf(message), turn, responseUrl },
      { text: () => made, over: Promise.resolve(outcome) },
      this.#common,
    );
    await stream.over;
    return this.#show(stream);
  }
}

/**
 * See `wecomBot` in types/wecom.d.ts.
 *
 * @param {unknown} options
 */
const wecomBot = (options) => new WecomBot(options);

module.exports = { WecomBot, wecomBot };
