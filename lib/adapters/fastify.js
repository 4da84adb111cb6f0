'use strict';

const { Readable } = require('node:stream');
const { SSEOptionError } = require('../core/errors.js');
const { HubRoutes } = require('./hub-routes.js');

/**
 * @typedef {import('./hub-routes.js').Answer} Answer
 */

const OPTIONS = ['hub', 'authorize', 'path', 'admit', 'onError', 'close'];

/** What Fastify itself tells a plugin. */
const OF_FASTIFY = ['prefix', 'logLevel', 'logSerializers'];

/**
 * How clients are let go when the server closes: sooner than a browser comes back, since a Fastify that closes answers
 * 503, which would end its EventSource for good.
 */
const CLOSE = { spread: 1000, deadline: 5000 };

/** A payload that Fastify sends with all its hooks and headers, and that lets the hub write the response itself. */
class HubPayload extends Readable {
  #connect;

  /** @param {(response: any) => Promise<unknown>} connect */
  constructor(connect) {
    super();
    this.#connect = connect;
  }

  /** The hub writes when there is something to write. */
  _read() {}

  /**
   * @param {any} response
   * @returns {any}
   */
  pipe(response) {
    if (typeof response.writeHead === 'function') {
      this.#connect(response).catch((error) => {
        // A hub that takes no more clients has told this one; of everything else Fastify's error handler hears.
        if (!response.headersSent) this.destroy(error);
      });
    } else {
      this.destroy(
        new SSEOptionError('a hook has put another stream in the place of that of the hub'),
      );
    }
    return response;
  }
}

/**
 * See `hubPlugin` in fastify.d.ts.
 *
 * @param {any} app
 * @param {any} options
 */
async function hubPlugin(app, options) {
  const known = [...OPTIONS, ...OF_FASTIFY];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new SSEOptionError(`unknown option "${unknown}"; there are ${OPTIONS.join(', ')}`);
  }
  const { hub, authorize, path = '/events', admit, close = CLOSE } = options;
  const {
    onError = (/** @type {unknown} */ error, /** @type {any} */ request) =>
      request.log.error({ err: error }, 'a client of the hub could not be judged'),
  } = options;
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new SSEOptionError('path must be a string that begins with /');
  }
  const routes = new HubRoutes(hub, authorize, { admit, onError });

  app.route({
    method: ['GET', 'HEAD', 'OPTIONS'],
    url: path,
    exposeHeadRoute: false,
    handler: async (/** @type {any} */ request, /** @type {any} */ reply) => {
      const decision = await routes.decide(request, request.method);
      if ('answer' in decision) return send(reply, decision.answer);
      // Hooks may ask what it is: compression leaves event streams alone.
      reply.header('content-type', 'text/event-stream');
      return reply.send(
        new HubPayload((response) => hub.connect(request.raw, response, decision.connect)),
      );
    },
  });
  for (const verb of /** @type {const} */ (['subscribe', 'unsubscribe'])) {
    app.post(
      `${path === '/' ? '' : path}/${verb}`,
      async (/** @type {any} */ request, /** @type {any} */ reply) =>
        send(reply, await routes.change(verb, request, () => request.body)),
    );
  }
  // Without it the server would wait for open streams, and those have no end.
  if (close !== false) app.addHook('preClose', () => hub.close(close));
}

/**
 * @param {any} reply
 * @param {Answer} answer
 */
const send = (reply, { status, headers, body }) =>
  reply
    .code(status)
    .headers(headers)
    .send(body === '' ? undefined : body);

module.exports = { hubPlugin };
