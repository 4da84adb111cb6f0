'use strict';

const { EventEmitter } = require('node:events');

/** One end of a connection without a network, with the methods of the package ws. */
class MemorySocket extends EventEmitter {
  /** @type {MemorySocket | undefined} */
  peer;
  #isOver = false;

  /** @param {string} text */
  send(text) {
    if (this.#isOver) throw new Error('the connection is closed');
    const { peer } = this;
    queueMicrotask(() => {
      if (peer !== undefined && !peer.#isOver) peer.emit('message', text);
    });
  }

  close() {
    this.terminate();
  }

  terminate() {
    this.#end();
    if (this.peer !== undefined) this.peer.#end();
  }

  #end() {
    if (this.#isOver) return;
    this.#isOver = true;
    queueMicrotask(() => this.emit('close'));
  }
}

/**
 * A class whose objects connect to a server that is a function.
 *
 * @param {() => ((socket: MemorySocket) => void) | undefined} server nothing while it is away
 */
const memoryWebSocket = (server) =>
  class extends MemorySocket {
    /** @param {string} _url */
    constructor(_url) {
      super();
      queueMicrotask(() => {
        const accept = server();
        if (accept === undefined) {
          this.emit('error', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
          return;
        }
        const other = new MemorySocket();
        this.peer = other;
        other.peer = this;
        accept(other);
        this.emit('open');
      });
    }
  };

module.exports = { MemorySocket, memoryWebSocket };
