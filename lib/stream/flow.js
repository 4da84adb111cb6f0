'use strict';

const { SSEStateError } = require('../core/errors.js');
const { Aside } = require('./aside.js');
const { EventIteration } = require('./iteration.js');
const { EventQueue } = require('./queue.js');
const { dispatcher } = require('../core/dispatcher.js');
const { DEMAND } = require('../core/demand.js');

/**
 * @typedef {InstanceType<typeof Aside<any>>} AnyAside
 *
 * @typedef {object} Source where a flow comes from
 * @property {(demand: number) => void} ask asks the core for one of `DEMAND`
 * @property {() => void} keep told when a consumer begins, or ceases, to wait for an item
 * @property {(callback: () => void) => void} enter calls back in the context of the stream
 */

/**
 * The items of a stream on their way to listeners and one iterator. It asks for more only when one
 * of them wants more, and holds back what no consumer takes.
 *
 * @template Stream, Item
 */
class Flow {
  // First what every item needs: of a thousand streams, each line of memory is in no cache.
  #over = false;
  /** Items do not just go to the listeners: there is none, the consumer iterates, or some are held. */
  #sorts = true;
  /** Made when the consumer iterates, which most streams with listeners never see. */
  /** @type {InstanceType<typeof EventIteration<any>> | undefined} */
  #iteration;
  #stream;
  #kind;
  #source;
  #paused = false;
  /** What the core was last asked for. */
  /** @type {number} */
  #demand = DEMAND.off;
  /** Listeners want items. */
  #flowing = false;
  /** Items that arrived while no consumer took them. */
  /** @type {InstanceType<typeof EventQueue<Item | AnyAside | Uint8Array>>} */
  #held = new EventQueue();
  #flushing = false;
  /** What to do at the end, which has come, but items are still held back. */
  /** @type {(() => void) | undefined} */
  #ending;
  /** How it ended, for a consumer that iterates later. */
  /** @type {{ rejection: { error: unknown } | undefined } | undefined} */
  #finished;
  /** What the iterator gets of an item, if not the item itself. */
  /** @type {((item: any) => unknown) | undefined} */
  #pick;

  /**
   * @param {Stream} stream
   * @param {import('../core/stream-kind.js').StreamKind<Stream, Item>} kind
   * @param {Source} source
   */
  constructor(stream, kind, source) {
    this.#stream = stream;
    this.#kind = kind;
    this.#source = source;
  }

  /** A listener that closes the stream is the last to be called. */
  get isOpen() {
    return !this.#over;
  }

  get isPaused() {
    return this.#paused;
  }

  /** Whether the consumer iterates, or a response is fed. */
  get claimed() {
    return this.#iteration !== undefined;
  }

  /** Whether the iterator waits and has nothing to take. */
  get starved() {
    return this.#iteration?.starved ?? false;
  }

  /** The last item that no consumer has yet. */
  get waiting() {
    return this.#held.last ?? this.#iteration?.last;
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#paused = paused;
    this.#steer();
  }

  /** @param {boolean} flowing whether listeners want items */
  listen(flowing) {
    this.#flowing = flowing;
    this.#steer();
  }

  /**
   * Takes the place of the one iterator.
   *
   * @param {(item: any) => unknown} [pick] what it gets of an item; `undefined` for nothing
   * @returns {() => Promise<IteratorResult<any, undefined>>} takes the next
   */
  claim(pick) {
    if (this.claimed) {
      const message =
        'the stream is being iterated already; it has room for one iterator or output';
      throw new SSEStateError(message, { code: 'ERR_SSE_LOCKED' });
    }
    this.#pick = pick;
    const iteration = this.#begin();
    this.#steer();
    return () => iteration.next();
  }

  /** Gives up what the iterator has not taken. */
  clear() {
    this.#iteration?.clear();
  }

  /**
   * Fails the iterator, which makes room for another; the stream goes on.
   *
   * @param {unknown} error
   */
  unclaim(error) {
    const iteration = this.#iteration;
    this.#pick = undefined;
    this.#iteration = undefined;
    iteration?.clear();
    iteration?.finish({ error });
  }

  /** @param {Item | AnyAside | Uint8Array} item */
  arrive(item) {
    // Bytes are only for a response that is fed, and then this is not so.
    if (this.#sorts) this.#sort(item);
    else this.#kind.deliver(this.#stream, /** @type {Item | AnyAside} */ (item));
  }

  /** @param {Item | AnyAside | Uint8Array} item */
  #sort(item) {
    // The core has met the demand for one batch, of which this is a part.
    if (this.#demand === DEMAND.once) this.#demand = DEMAND.off;
    if (this.#held.size > 0 || !this.#taking()) this.#held.push(item);
    else this.#dispatch(item);
  }

  /**
   * Something for the iterator alone, after the end.
   *
   * @param {Item | Uint8Array} item
   */
  refill(item) {
    if (this.claimed) this.#give(item);
  }

  /**
   * Nothing more will arrive.
   *
   * @param {() => void} ending called once nothing is held back
   */
  end(ending) {
    if (this.#held.size > 0) {
      this.#ending = ending;
      return;
    }
    this.#over = true;
    ending();
  }

  /** Drops what has arrived. */
  stop() {
    this.#over = true;
    this.#ending = undefined;
    this.#held.clear();
    this.#iteration?.clear();
  }

  /**
   * Tells the iterator that it is over.
   *
   * @param {{ error: unknown } | undefined} rejection
   */
  finish(rejection) {
    this.#finished = { rejection };
    this.#iteration?.finish(rejection);
  }

  #begin() {
    const changed = () => {
      this.#source.keep();
      this.#steer();
    };
    const taken = (/** @type {any} */ item) => this.#kind.taken(this.#stream, item);
    const iteration = new EventIteration(changed, taken);
    this.#iteration = iteration;
    if (this.#finished) iteration.finish(this.#finished.rejection);
    return iteration;
  }

  /** Asks the core for as much as is wanted now. */
  #steer() {
    if (this.#over) return;
    const holds = this.#held.size > 0;
    const sorts = !this.#taking() || this.claimed || holds;
    if (sorts !== this.#sorts) {
      this.#sorts = sorts;
      this.#kind.direct(this.#stream, !sorts);
    }
    if (this.#taking() && (holds || this.#ending)) this.#flush();
    else if (!this.#taking()) this.#ask(DEMAND.off);
    else if (!this.claimed) this.#ask(DEMAND.flow);
    // An iterator sets the pace, also for listeners.
    else this.#ask(this.starved ? DEMAND.once : DEMAND.off);
  }

  /** @param {number} demand */
  #ask(demand) {
    if (demand === this.#demand && demand !== DEMAND.once) return;
    this.#demand = demand;
    this.#source.ask(demand);
  }

  /** Whether items find a taker now. */
  #taking() {
    return !this.#paused && (this.#flowing || this.claimed);
  }

  /** Delivers what was held back, before anything new. */
  #flush() {
    if (this.#flushing) return;
    this.#flushing = true;
    dispatcher.yield(() => {
      this.#flushing = false;
      this.#source.enter(() => this.#release());
    });
  }

  #release() {
    while (this.#taking() && this.#held.size > 0 && !this.#over) {
      this.#dispatch(/** @type {Item | AnyAside | Uint8Array} */ (this.#held.shift()));
      if (dispatcher.overtime) break;
    }
    if (this.#held.size === 0 && this.#ending) this.end(this.#ending);
    else this.#steer();
  }

  /** @param {Item | AnyAside | Uint8Array} item */
  #dispatch(item) {
    const claimed = this.claimed;
    if (this.#flowing && !(item instanceof Uint8Array)) this.#kind.deliver(this.#stream, item);
    // A listener may have closed the stream, and then the others do not get this item.
    if (!claimed || this.#over) return;
    // What the iterator waits for may not be in this batch.
    if (item instanceof Aside) this.#steer();
    else this.#give(item);
  }

  /** @param {Item | Uint8Array} item */
  #give(item) {
    const picked = this.#pick === undefined ? item : this.#pick(item);
    if (picked !== undefined) this.#iteration?.give(picked);
    else this.#steer();
  }
}

module.exports = { Flow };
