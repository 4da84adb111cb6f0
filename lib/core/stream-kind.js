'use strict';

/**
 * What a stream of one kind (of events, an answer, an `EventSource`) does with all that reaches it.
 * There is one table for each kind. Every function is given the stream, so that one table serves all
 * streams of the kind; none may throw.
 *
 * | members | who calls them |
 * |---|---|
 * | `event`, `id`, `comment`, `bytes`, `piece`, `delta` | the batch, for each record |
 * | `open`, `attempt`, `retry`, `malformed`, `close` | the handle, for each notice about the stream |
 * | `deliver`, `direct`, `taken` | the flow, for items on their way to listeners and the iterator |
 * | `listen`, `opened`, `closing`, `ending` | the lifecycle, when consumers or its state change |
 * | `encode`, `cut`, `lastWords` | the response that the stream feeds |
 *
 * @template Stream, Item
 * @typedef {object} StreamKind
 * @property {(stream: Stream, event: ServerSentEvent) => void} event
 * @property {(stream: Stream, id: string) => void} id an id that came without an event
 * @property {(stream: Stream, text: string) => void} comment
 * @property {(stream: Stream, bytes: Uint8Array, prefix?: string) => void} bytes what the core has
 *   encoded for a response. A payload for many receivers is the same object for all of them, and not to
 *   be changed; the prefix, which goes before it, is this receiver's alone
 * @property {boolean} [borrows] whether `bytes` keeps nothing of what it is given: a payload is then lent from the
 *   memory of the batch
 * @property {(stream: Stream, kind: number, choice: number, index: number, text: string) => void} piece
 *   a piece of an answer's text; lib/chat/delta.js knows the kinds
 * @property {(stream: Stream, json: string) => void} delta anything else that an answer is made of
 * @property {(stream: Stream, opened: Opened) => void} open
 * @property {(stream: Stream, attempt: { attempt: number, lastEventId: string }) => void} attempt
 * @property {(stream: Stream, retry: Retry) => void} retry
 * @property {(stream: Stream, error: SSEError) => void} malformed an event of an answer could not be
 *   read
 * @property {(stream: Stream, closed: Closed) => void} close
 * @property {(stream: Stream, item: Item | Aside) => void} deliver calls the listeners for an item
 * @property {(stream: Stream, direct: boolean) => void} direct told whether each item goes to the
 *   listeners as it comes, so that the stream may leave out the flow
 * @property {(stream: Stream, item: Item | Uint8Array) => void} taken told when the iterator has an item
 * @property {(stream: Stream, names: (string | symbol)[]) => boolean} listen told when listeners or
 *   takers change; says whether listeners want items
 * @property {(stream: Stream, opened: Opened) => void} opened told at the first connection
 * @property {(stream: Stream) => void} closing told when nothing more will arrive
 * @property {(stream: Stream, outcome: Outcome) => void} ending told of the end before listeners and
 *   promises
 * @property {(item: Item) => Uint8Array | undefined} encode for items that the core has not encoded
 * @property {(outcome: Outcome) => Error | undefined} cut why a response that is fed must break off
 *   at this end instead of ending
 * @property {(error: unknown) => Uint8Array | undefined} [lastWords] how a response says a failure that
 *   came after its head and before anything else; where there is none, a comment is a beginning
 */

/**
 * The part of the table that records need; decoders have no more.
 *
 * @template Stream
 * @typedef {Pick<StreamKind<Stream, any>, 'event' | 'id' | 'comment' | 'bytes' | 'borrows' | 'piece' | 'delta'>} RecordKind
 */

/**
 * @typedef {import('../../index.js').ServerSentEvent} ServerSentEvent
 * @typedef {import('../../index.js').SSEError} SSEError
 * @typedef {import('../stream/promises.js').Outcome} Outcome
 * @typedef {InstanceType<typeof import('../stream/aside.js').Aside<any>>} Aside
 *
 * @typedef {{ status: number, headers: Record<string, string>, url: string }} Opened
 * @typedef {{ attempt: number, maxAttempts: number | null, delay: number, recovery: boolean,
 *   error: SSEError | null }} Retry
 * @typedef {{ reason: string, error: SSEError | null }} Closed
 */

const nothing = () => undefined;

/**
 * The kind of a stream that is over: whatever still arrives goes unheard.
 *
 * @type {StreamKind<any, any>}
 */
const OVER = Object.freeze({
  event: nothing,
  id: nothing,
  comment: nothing,
  bytes: nothing,
  borrows: false,
  piece: nothing,
  delta: nothing,
  open: nothing,
  attempt: nothing,
  retry: nothing,
  malformed: nothing,
  close: nothing,
  deliver: nothing,
  direct: nothing,
  taken: nothing,
  listen: () => false,
  opened: nothing,
  closing: nothing,
  ending: nothing,
  encode: nothing,
  cut: nothing,
  lastWords: undefined,
});

/**
 * A whole table: with what a kind leaves out, it does nothing.
 *
 * @template Stream, Item
 * @param {Partial<StreamKind<Stream, Item>>} own
 * @returns {StreamKind<Stream, Item>}
 */
function streamKind(own) {
  return { ...OVER, ...own };
}

module.exports = { OVER, streamKind };
