'use strict';

const { fetchBody, nodeBody } = require('./body.js');
const { Refusal } = require('./refusal.js');

/**
 * @typedef {object} Callback one request of WeChat
 * @property {string} method
 * @property {URLSearchParams} query
 * @property {() => Promise<string>} body
 *
 * @typedef {object} Reply
 * @property {number} status
 * @property {string} type
 * @property {string} body
 */

/** What every request is answered with that is refused: nothing tells why. */
const REFUSED = Object.freeze({ status: 403, type: 'text/plain; charset=utf-8', body: '' });

/** WeChat delivers again what was answered with this. */
const FAILED = Object.freeze({ ...REFUSED, status: 500 });

/**
 * A door of callbacks in the forms that frameworks want.
 *
 * @param {(callback: Callback) => Promise<Reply>} answer
 * @param {(reason: import('./refusal.js').Reason) => void} refused
 * @param {(error: unknown) => void} failed
 */
function callbackRoute(answer, refused, failed) {
  /** @param {Callback} callback */
  const reply = async (callback) => {
    try {
      if (callback.method !== 'GET' && callback.method !== 'POST') throw new Refusal('method');
      return await answer(callback);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        failed(error);
        return FAILED;
      }
      refused(error.reason);
      return REFUSED;
    }
  };

  /**
   * @param {import('node:http').IncomingMessage & { originalUrl?: string }} request
   * @param {import('node:http').ServerResponse} response
   */
  const handler = async (request, response) => {
    const { method = 'GET', originalUrl, url = '/' } = request;
    const query = queryOf(originalUrl ?? url);
    const { status, type, body } = await reply({ method, query, body: () => nodeBody(request) });
    response.statusCode = status;
    response.setHeader('content-type', type);
    response.setHeader('x-content-type-options', 'nosniff');
    // What is left of a body that is too large is not read.
    if (!request.readableEnded && status !== 200) response.setHeader('connection', 'close');
    response.end(body);
  };

  /** @param {Request} request */
  const fetch = async (request) => {
    const { method, url } = request;
    const query = queryOf(url);
    const { status, type, body } = await reply({ method, query, body: () => fetchBody(request) });
    return new Response(body, {
      status,
      headers: { 'content-type': type, 'x-content-type-options': 'nosniff' },
    });
  };

  /**
   * @param {any} app
   * @param {{ path?: string }} options
   */
  const plugin = async (app, { path = '/' }) => {
    // Fastify knows no XML, and a body that it has parsed cannot be bounded here.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (/** @type {any} */ _request, /** @type {any} */ payload) =>
      Promise.resolve(payload),
    );
    app.route({
      method: ['GET', 'POST'],
      url: path,
      handler: async (/** @type {any} */ request, /** @type {any} */ response) => {
        response.hijack();
        await handler(request.raw, response.raw);
      },
    });
  };

  return { handler, fetch, plugin };
}

/** @param {string} url */
const queryOf = (url) => new URL(url, 'http://localhost').searchParams;

module.exports = { callbackRoute };
