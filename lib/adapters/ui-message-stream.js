'use strict';

/** How a run tells of an end that is not the source's own: always the last frame. A chunk has whole frames. */
const FAILURE = /^id: \S+\nevent: failure\ndata: (.*)\n$/m;

/**
 * The response of a run for `useChat`, which knows no names of events: a failure is one of its own parts then, and
 * the body ends instead of breaking off, or the page would show a network error instead.
 *
 * @param {Response} response
 */
function uiMessageStream(response) {
  if (response.body === null) return response;
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const translation = new TransformStream({
    transform(/** @type {Uint8Array} */ bytes, controller) {
      const text = decoder.decode(bytes);
      const failure = FAILURE.exec(text);
      if (failure === null) {
        controller.enqueue(bytes);
        return;
      }
      const parts = failureParts(JSON.parse(failure[1]).error);
      controller.enqueue(encoder.encode(text.slice(0, failure.index) + parts));
      controller.terminate();
    },
  });
  const { headers } = response;
  headers.set('x-vercel-ai-ui-message-stream', 'v1');
  return new Response(response.body.pipeThrough(translation), { headers });
}

/** @param {{ code: string, message: string }} error */
function failureParts({ code, message }) {
  const part =
    code === 'ERR_SSE_STOPPED' ? { type: 'abort' } : { type: 'error', errorText: message };
  return `data: ${JSON.stringify(part)}\n\ndata: [DONE]\n\n`;
}

module.exports = { uiMessageStream };
