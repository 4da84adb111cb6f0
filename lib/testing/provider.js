'use strict';

const check = require('../options/checks.js');
const { DIALECTS } = require('./dialects/dialects.js');
const { checkedStep } = require('./provider-steps.js');
const { ScriptedServer } = require('./scripted-server.js');
const { checkedScript, delay } = require('./steps.js');

/**
 * @typedef {import('./dialects/frame.js').Dialect} Dialect
 * @typedef {InstanceType<typeof import('./exchange.js').Exchange>} Exchange
 * @typedef {import('./provider-steps.js').AnswerStep} AnswerStep
 * @typedef {keyof typeof DIALECTS} Family
 */

const USUAL = [{ deltas: ['Hello', ', world!'] }];
const KEY_HEADERS = ['x-api-key', 'x-goog-api-key', 'api-key'];
/** What a model says, as opposed to what a protocol adds. */
const DELTAS = ['reasoning', 'content', 'call'];
/** From here on an answer is about to be complete. */
const LAST = ['finish', 'usage', 'done'];

/**
 * See `startProvider` in testing.d.ts.
 *
 * @param {unknown} [options]
 */
async function startProvider(options) {
  const given = check.group(options, '', ['script', 'delay']);
  const usual = delay(given.delay ?? 0, 'delay');
  const script = checkedScript(given.script ?? USUAL, checkedStep(usual));
  if (script.length === 0 && Array.isArray(script)) {
    throw check.wrong('script', 'an array with at least one step', script);
  }
  const provider = new Provider(script);
  await provider.listen();
  return provider;
}

/** A provider of answers that follows a script. */
class Provider extends ScriptedServer {
  #script;
  #answered = 0;

  /** @param {import('./steps.js').Script<import('./provider-steps.js').ProviderStep>} script */
  constructor(script) {
    super((exchange) => this.#answer(exchange));
    this.#script = script;
  }

  /** @param {Exchange} exchange */
  async #answer(exchange) {
    const { request } = exchange;
    const known = Object.entries(DIALECTS).find(([, { path }]) => path.test(request.path));
    const [family, dialect] = known ?? [null, null];
    Object.assign(request, { family, apiKey: keyOf(request) });
    if (dialect === null || request.method !== 'POST') return unknown(exchange);
    if (!streams(/** @type {Family} */ (family), request.body)) return whole(exchange);
    const number = this.#answered++;
    const { length } = this.#script;
    const step = Array.isArray(this.#script)
      ? this.#script[Math.min(number, length - 1)]
      : await this.#script(request);
    if (step.refusal) {
      const { status } = step.refusal;
      const error = { message: `The script answers with ${status}.`, type: 'scripted_error' };
      await exchange.refuse(step.refusal, { error });
      return;
    }
    await stream(exchange, step, dialect, `answer-${number + 1}`);
  }
}

/**
 * @param {Exchange} exchange
 * @param {AnswerStep} step
 * @param {Dialect} dialect
 * @param {string} id
 */
async function stream(exchange, step, dialect, id) {
  const { body, path } = exchange.request;
  const model = body?.model ?? /models\/([^/:]+):/.exec(path)?.[1] ?? 'scripted';
  const { fault } = step;
  const answer = { id, model, ...step.answer };
  if (fault !== undefined && fault !== 'garbage') answer.finish = null;
  if (body?.messages && dialect === DIALECTS['chat-completions']) {
    if (!body.stream_options?.include_usage) answer.usage = null;
  }
  await exchange.wait(step.headersDelay);
  exchange.head(200, { 'content-type': dialect.type, ...step.headers });
  let garbled = fault !== 'garbage';
  for (const { wire, says } of dialect.frames({ answer, apart: fault === 'garbage' })) {
    if (!garbled && LAST.includes(says)) {
      await exchange.write(dialect.malformed);
      garbled = true;
    }
    const isDelta = DELTAS.includes(says);
    if (isDelta) await exchange.wait(step.delay);
    await exchange.write(wire);
    if (isDelta) exchange.count();
  }
  await strike(exchange, step, dialect);
}

/**
 * @param {Exchange} exchange
 * @param {AnswerStep} step
 * @param {Dialect} dialect
 */
async function strike(exchange, { fault, problem }, dialect) {
  if (fault === 'error') await exchange.write(dialect.error(problem));
  if (fault === 'reset') exchange.reset();
  else if (fault === 'truncate') exchange.truncate();
  else if (fault === 'stall') await exchange.stall();
  else exchange.end();
}

/**
 * The key of a request, wherever its family puts it.
 *
 * @param {import('./exchange.js').Record} request
 */
function keyOf({ headers, query }) {
  const [, token] = /^Bearer (.*)$/i.exec(headers.authorization ?? '') ?? [];
  const named = KEY_HEADERS.map((name) => headers[name]).find((key) => key !== undefined);
  return token ?? named ?? query.key ?? null;
}

/**
 * Whether a request asks for a stream: Gemini says so in its path, Ollama unless told otherwise.
 *
 * @param {Family} family
 * @param {any} body
 */
function streams(family, body) {
  if (family === 'gemini') return true;
  return family === 'ollama' ? body?.stream !== false : body?.stream === true;
}

/**
 * @param {Exchange} exchange
 * @param {number} status
 * @param {string} message
 */
function complain(exchange, status, message) {
  exchange.head(status, { 'content-type': 'application/json' });
  exchange.end(JSON.stringify({ error: { message, type: 'invalid_request_error' } }));
}

/** @param {Exchange} exchange */
function unknown(exchange) {
  const { method, path } = exchange.request;
  const paths =
    '/chat/completions, /responses, /messages, /models/NAME:streamGenerateContent, /api/chat';
  complain(
    exchange,
    404,
    `The scripted provider answers a POST to ${paths}, not ${method} ${path}.`,
  );
}

/** @param {Exchange} exchange */
function whole(exchange) {
  complain(exchange, 400, 'The scripted provider answers with streams only: send "stream": true.');
}

module.exports = { startProvider };
