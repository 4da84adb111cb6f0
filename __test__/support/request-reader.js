'use strict';

const HEAD_END = Buffer.from('\r\n\r\n');

/** Heads beyond this are a broken client, not a test: the reader must not buffer for ever. */
const MAX_HEAD = 1 << 20;

/**
 * Reads HTTP/1.1 requests out of a byte stream, one after another, however the bytes are split.
 * Plain enough to be trusted as a witness: it never normalises what the client sent.
 */
class RequestReader {
  #buffer = Buffer.alloc(0);
  #head = null;
  #body = [];

  /**
   * Takes bytes; returns the requests they complete.
   *
   * @param {Buffer} bytes
   * @returns {object[]} `{ method, path, version, rawHeaders, headers, body }` each
   */
  feed(bytes) {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    const requests = [];
    for (;;) {
      this.#head ??= this.#takeHead();
      if (!this.#head || !this.#takeBody()) return requests;
      requests.push({ ...this.#head, body: Buffer.concat(this.#body) });
      this.#head = null;
      this.#body = [];
    }
  }

  /** Whether a request has begun that is not complete. */
  get midRequest() {
    return this.#head !== null || this.#buffer.length > 0;
  }

  #takeHead() {
    const end = this.#buffer.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#buffer.length > MAX_HEAD) throw new Error('the client sent a head over 1 MiB');
      return null;
    }
    // latin1 keeps every byte; the map below shows values as the UTF-8 they are meant to be.
    const [first, ...lines] = this.#buffer.toString('latin1', 0, end).split('\r\n');
    this.#buffer = this.#buffer.subarray(end + HEAD_END.length);
    const [, method, path, version] = /^(\S+) (\S+) HTTP\/(1\.[01])$/.exec(first) ?? [];
    if (!method) throw new Error(`the client sent a bad request line: ${JSON.stringify(first)}`);
    const rawHeaders = lines.map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error(`the client sent a bad header: ${JSON.stringify(line)}`);
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const headers = Object.create(null);
    for (const [name, raw] of rawHeaders) {
      const key = name.toLowerCase();
      const value = Buffer.from(raw, 'latin1').toString('utf8');
      headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
    }
    this.#remaining = Number(headers['content-length'] ?? 0);
    return { method, path, version, rawHeaders, headers };
  }

  #remaining = 0;

  #takeBody() {
    if (/\bchunked\b/i.test(this.#head.headers['transfer-encoding'] ?? '')) {
      return this.#takeChunks();
    }
    const part = this.#buffer.subarray(0, this.#remaining);
    this.#buffer = this.#buffer.subarray(part.length);
    this.#remaining -= part.length;
    if (part.length > 0) this.#body.push(part);
    return this.#remaining === 0;
  }

  #takeChunks() {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end < 0) return false;
      const size = Number.parseInt(this.#buffer.toString('latin1', 0, end), 16);
      if (Number.isNaN(size)) throw new Error('the client sent a bad chunk size');
      const from = end + 2;
      if (this.#buffer.length < from + size + 2) return false;
      this.#body.push(this.#buffer.subarray(from, from + size));
      this.#buffer = this.#buffer.subarray(from + size + 2);
      if (size === 0) return true;
    }
  }
}

module.exports = { RequestReader };
