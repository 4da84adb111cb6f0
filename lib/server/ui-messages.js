'use strict';

const { EventStreamDecoder } = require('../stream/decoder.js');

/** What `useChat` of the AI SDK knows a stream of its own by. */
const HEADER = 'x-vercel-ai-ui-message-stream';

/** Finish reasons of Chat Completions in the words of the AI SDK. */
const REASONS = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['content_filter', 'content-filter'],
  ['tool_calls', 'tool-calls'],
]);

const encoder = new TextEncoder();

/** @param {unknown} part */
const frame = (part) => `data: ${typeof part === 'string' ? part : JSON.stringify(part)}\n\n`;

/** @param {string} text */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Chunks of Chat Completions, written as parts of the UI message stream of `ai` 7. */
class UiMessages {
  #put;
  #begun = false;
  /** The part that is open, and how many there were. */
  #open = '';
  #count = 0;
  /** @type {Map<number, { id: string, name: string, input: string }>} */
  #calls = new Map();
  #reason = 'unknown';
  over = false;

  /** @param {(text: string) => void} put */
  constructor(put) {
    this.#put = (/** @type {unknown} */ part) => put(frame(part));
  }

  /** @param {{ event: string, data: string }} event */
  event({ event, data }) {
    if (this.over) return;
    if (event === 'failure') this.#fail(json(data)?.error);
    else if (event === 'retry')
      this.#put({ type: 'data-retry', data: json(data), transient: true });
    else if (event === 'reset') this.#reset();
    else if (data === '[DONE]') this.#finish();
    else if (event === 'message') this.#chunk(json(data));
  }

  /** The source is over, and nothing said that it is complete. */
  cut() {
    if (!this.over) this.#fail({ message: 'the answer broke off' });
  }

  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    this.#put({ type: 'start' });
    this.#put({ type: 'start-step' });
  }

  /** @param {any} chunk */
  #chunk(chunk) {
    if (chunk?.error) this.#fail(chunk.error);
    else if (chunk?.reset) this.#reset();
    const choice = chunk?.choices?.[0];
    if (choice === undefined || this.over) return;
    this.#begin();
    const { content, reasoning_content: thought, tool_calls: calls } = choice.delta ?? {};
    if (thought) this.#text('reasoning', thought);
    if (content) this.#text('text', content);
    for (const call of calls ?? []) this.#call(call);
    if (choice.finish_reason) this.#reason = REASONS.get(choice.finish_reason) ?? 'other';
  }

  /**
   * @param {'text' | 'reasoning'} kind
   * @param {string} delta
   */
  #text(kind, delta) {
    if (this.#open !== kind) {
      this.#close();
      this.#open = kind;
      this.#count += 1;
      this.#put({ type: `${kind}-start`, id: `${this.#count}` });
    }
    this.#put({ type: `${kind}-delta`, id: `${this.#count}`, delta });
  }

  #close() {
    if (this.#open !== '') this.#put({ type: `${this.#open}-end`, id: `${this.#count}` });
    this.#open = '';
  }

  /** @param {any} given a fragment */
  #call({ index = 0, id, function: { name, arguments: delta = '' } = {} }) {
    this.#close();
    let call = this.#calls.get(index);
    if (call === undefined) {
      call = { id: id ?? `call ${index}`, name: name ?? '', input: '' };
      this.#calls.set(index, call);
      this.#put({ type: 'tool-input-start', toolCallId: call.id, toolName: call.name });
    }
    call.input += delta;
    const inputTextDelta = delta;
    if (delta !== '') this.#put({ type: 'tool-input-delta', toolCallId: call.id, inputTextDelta });
  }

  #reset() {
    if (!this.#begun) return;
    this.#close();
    this.#calls.clear();
    this.#put({ type: 'reset-step' });
  }

  #finish() {
    this.#begin();
    this.#close();
    for (const { id, name, input } of this.#calls.values()) {
      const [toolCallId, toolName] = [id, name];
      this.#put({ type: 'tool-input-available', toolCallId, toolName, input: json(input) ?? {} });
    }
    this.#put({ type: 'finish-step' });
    this.#put({ type: 'finish', finishReason: this.#reason });
    this.#put('[DONE]');
    this.over = true;
  }

  /** @param {any} error */
  #fail(error) {
    const { code, message = 'the answer failed' } = Object(error);
    this.#close();
    if (code === 'ERR_SSE_STOPPED') this.#put({ type: 'abort' });
    else this.#put({ type: 'error', errorText: String(message) });
    this.#put('[DONE]');
    this.over = true;
  }
}

/**
 * A response of chunks, for `useChat` of the AI SDK. It ends where the other breaks off: a failure is a part.
 *
 * @param {Response} response
 */
function uiMessageResponse(response) {
  if (response.status !== 200 || response.body === null) return response;
  const reader = response.body.getReader();
  let pending = '';
  const messages = new UiMessages((text) => {
    pending += text;
  });
  const decoder = new EventStreamDecoder({
    onEvent: (event) => messages.event(event),
    onComment: () => {
      pending += ':\n\n';
    },
  });
  const body = new ReadableStream(
    {
      async pull(controller) {
        while (pending === '' && !messages.over) {
          const { value, done } = await reader
            .read()
            .catch(() => ({ value: undefined, done: true }));
          if (done) messages.cut();
          else decoder.feed(/** @type {Uint8Array} */ (value));
        }
        controller.enqueue(encoder.encode(pending));
        pending = '';
        if (!messages.over) return;
        controller.close();
        reader.cancel().catch(() => {});
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers(response.headers);
  headers.set(HEADER, 'v1');
  return new Response(body, { headers });
}

module.exports = { uiMessageResponse };
