/** Enough events to cover every one that the server has, twice. */
export const CHECKED_EVENTS = 8192;

const PRIME = 0x01000193;

/** FNV-1a over what a client received: data and id of each event, in order. */
export class Checksum {
  #hash = 0x811c9dc5;
  events = 0;

  /** @param {{ data: string, id?: string, lastEventId?: string }} event */
  add(event) {
    this.#text(event.data);
    this.#text(event.lastEventId ?? event.id ?? '');
    this.events++;
  }

  #text(text) {
    let hash = this.#hash;
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
    }
    // An end that is in no text: "ab", "c" and "a", "bc" differ.
    this.#hash = Math.imul(hash ^ 0x10000, PRIME);
  }

  toString() {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}
