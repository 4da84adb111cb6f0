'use strict';

const { SSEOptionError } = require('../core/errors.js');
const { uiMessageStream } = require('./ui-message-stream.js');

/**
 * @typedef {import('../../index.js').Relay} Relay
 * @typedef {import('../../index.js').Run} Run
 * @typedef {import('./next.js').AnswerRoutesOptions} AnswerRoutesOptions
 * @typedef {import('./next.js').StartAnswer} StartAnswer
 */

/** Tells a client which answer it got; in the form in which it stands behind `?id=`. */
const ID_HEADER = 'x-answer-id';

const OPTIONS = ['owner', 'onLost', 'protocol', 'notices', 'format'];

/** What becomes of a run's response in the words of each protocol. */
const PROTOCOLS = Object.freeze({
  events: (/** @type {Response} */ response) => response,
  'ui-message-stream': uiMessageStream,
});

/**
 * See `answerRoutes` in next.d.ts.
 *
 * @param {Relay} relay
 * @param {StartAnswer} start
 * @param {AnswerRoutesOptions} [options]
 */
function answerRoutes(relay, start, options = {}) {
  if (typeof relay?.run !== 'function' || typeof relay.resume !== 'function') {
    throw new SSEOptionError('answerRoutes() takes what createRelay() returns first');
  }
  if (typeof start !== 'function') {
    throw new SSEOptionError(
      'answerRoutes() takes a function second, which makes the source of an answer',
    );
  }
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new SSEOptionError(`unknown option "${unknown}"; there are ${OPTIONS.join(', ')}`);
  }
  const { owner: ownerOf, onLost, protocol = 'events', notices = false } = options;
  const { format = 'events' } = options;
  if (ownerOf !== undefined && typeof ownerOf !== 'function') {
    throw new SSEOptionError('owner must be a function that tells whose request it is');
  }
  if (!Object.hasOwn(PROTOCOLS, protocol)) {
    throw new SSEOptionError("protocol must be 'events' or 'ui-message-stream'");
  }

  if (typeof notices !== 'boolean') throw new SSEOptionError('notices must be true or false');
  if (format !== 'events' && format !== 'ai-sdk') {
    throw new SSEOptionError("format must be 'events' or 'ai-sdk'");
  }

  /**
   * @param {Run} run
   * @param {Request} request
   * @param {string} id
   */
  const respond = async (run, request, id) => {
    const response = PROTOCOLS[protocol](await run.toResponse(request, { notices, format }));
    response.headers.set(ID_HEADER, encodeURIComponent(id));
    return response;
  };

  /**
   * Answers for the owner of a request.
   *
   * @param {Request} request
   * @param {(owner: string | undefined) => Promise<Response>} answer
   */
  const owned = async (request, answer) => {
    const owner = (await ownerOf?.(request)) ?? undefined;
    // Without an owner all visitors would share the same runs.
    if (ownerOf !== undefined && owner === undefined) return refusal(401, 'nobody is signed in');
    return answer(owner);
  };

  return {
    /** @param {Request} request */
    POST: (request) =>
      owned(request, async (owner) => {
        const id = await postedId(request);
        let started = false;
        try {
          const run = await relay.run(
            id,
            ({ signal }) => {
              started = true;
              return start(request, { id, owner, signal });
            },
            { owner, onLost },
          );
          return await respond(run, request, id);
        } catch (error) {
          if (error instanceof Response) return error;
          if (!started) return refused(error);
          throw error;
        }
      }),

    /**
     * @param {Request} request
     * @param {import('./next.js').RouteContext} [context]
     */
    GET: (request, context) =>
      owned(request, async (owner) => {
        const id = await askedId(request, context);
        if (id === undefined) return withoutId();
        try {
          const run = await relay.resume(id, { owner });
          if (run === undefined) return new Response(null, { status: 204 });
          return await respond(run, request, id);
        } catch (error) {
          return refused(error);
        }
      }),

    /**
     * @param {Request} request
     * @param {import('./next.js').RouteContext} [context]
     */
    DELETE: (request, context) =>
      owned(request, async (owner) => {
        const id = await askedId(request, context);
        if (id === undefined) return withoutId();
        try {
          return Response.json({ stopped: await relay.stop(id, { owner }) });
        } catch (error) {
          return refused(error);
        }
      }),
  };
}

/**
 * The id that a client gave the answer that it wants, or a new one.
 *
 * @param {Request} request
 * @returns {Promise<string>}
 */
async function postedId(request) {
  const key = request.headers.get('idempotency-key');
  if (key) return key;
  if (/\bjson\b/i.test(request.headers.get('content-type') ?? '')) {
    // The function that makes the source reads the body itself, and says what is wrong with it.
    const { id } = Object(
      await request
        .clone()
        .json()
        .catch(() => undefined),
    );
    if (typeof id === 'number' || (typeof id === 'string' && id !== '')) return String(id);
  }
  return crypto.randomUUID();
}

/**
 * @param {Request} request
 * @param {import('./next.js').RouteContext} [context]
 * @returns {Promise<string | undefined>}
 */
async function askedId(request, context) {
  const id = new URL(request.url).searchParams.get('id');
  if (id) return id;
  const { id: segment } = Object(await context?.params);
  // Next.js leaves a segment of the path as it came.
  return typeof segment === 'string' && segment !== '' ? decoded(segment) : undefined;
}

/** @param {string} segment */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * An id that can be none is the client's mistake; everything else is for the framework to tell.
 *
 * @param {unknown} error
 */
function refused(error) {
  if (error instanceof SSEOptionError) return refusal(400, error.message);
  throw error;
}

const withoutId = () => refusal(400, 'the id of the answer is missing: ask with ?id=');

/**
 * @param {number} status
 * @param {string} message
 */
const refusal = (status, message) => Response.json({ error: { message } }, { status });

module.exports = { answerRoutes };
