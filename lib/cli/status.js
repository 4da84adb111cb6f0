'use strict';

const { ALL_FLAGS, inFlags } = require('./flags.js');
const { painter, visible, wantsColour } = require('./terminal-text.js');

/** Response headers whose values are credentials. */
const SECRET_HEADER = /cookie|auth|token|secret|key|session/;

/** How much of a refusal's body, or of data that is no JSON, is worth a line. */
const EXCERPT = 200;

/** What goes to standard error. Every text of a server in it is made harmless and short. */
class Status {
  #level;
  #flags;
  #paint = painter(wantsColour(process.stderr));
  #retried = false;

  /**
   * @param {'quiet' | 'normal' | 'verbose'} level
   * @param {readonly [string, import('./flags.js').Flag][]} [flags] those of the command
   */
  constructor(level, flags = ALL_FLAGS) {
    this.#level = level;
    this.#flags = flags;
  }

  get verbose() {
    return this.#level === 'verbose';
  }

  /**
   * @param {string} url
   * @param {string} method
   * @param {readonly string[]} headers names only: values may be secrets
   */
  request(url, method, headers) {
    if (!this.verbose) return;
    this.#line('>', `${method} ${place(url)}`);
    if (headers.length > 0) this.#line('>', `with ${headers.join(', ')}`);
  }

  /** @param {import('../../index.js').OpenInfo} opened */
  open({ status, headers, url }) {
    if (this.verbose) {
      this.#line('<', `${status} ${place(url)}`);
      for (const [name, value = ''] of Object.entries(headers)) {
        this.#line('<', `${name}: ${SECRET_HEADER.test(name) ? '(hidden)' : value}`);
      }
    }
    if (this.#retried) this.note('connected again');
    this.#retried = false;
  }

  /** @param {import('../../index.js').RetryInfo} retry */
  retry({ attempt, maxAttempts, delay, error }) {
    this.#retried = true;
    const count = maxAttempts === null ? `${attempt}` : `${attempt} of ${maxAttempts}`;
    const why = error ? this.#told(error.message, error.code) : 'the server ended the stream';
    this.note(`retry ${count} in ${(delay / 1000).toFixed(1)} s: ${why}`);
  }

  /** @param {string} text */
  comment(text) {
    if (this.verbose) this.#line(':', text);
  }

  /** @param {string} data */
  skipped(data) {
    this.note(`skipped, not JSON: ${data}`);
  }

  /**
   * @param {string} reason
   * @param {import('../../index.js').EventStream} stream
   */
  close(reason, { stats, lastEventId }) {
    if (!this.verbose) return;
    const { attempts, events, bytes } = stats;
    const id = lastEventId === '' ? '' : `, last id ${lastEventId}`;
    this.#line(
      '*',
      `over (${reason}): attempts ${attempts}, events ${events}, bytes ${bytes}${id}`,
    );
  }

  /** @param {string} text */
  note(text) {
    if (this.#level !== 'quiet') this.#line('*', text);
  }

  /** @param {Error & { code?: string, body?: string }} error */
  failure({ message, code, body }) {
    const shown = oneLine(code?.startsWith('ERR_SSE_') ? this.#told(message, code) : message);
    process.stderr.write(`${this.#paint('red', 'perennial-sse:')} ${shown}\n`);
    if (body && this.#level !== 'quiet') this.#line('<', body.trim());
  }

  /**
   * @param {string} message
   * @param {string} code
   */
  #told(message, code) {
    return `${inFlags(message, this.#flags)} (${code})`;
  }

  /**
   * @param {string} mark
   * @param {string} text
   */
  #line(mark, text) {
    const short = text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
    process.stderr.write(`${this.#paint('dim', `${mark} ${oneLine(short)}`)}\n`);
  }
}

/** @param {string} text */
const oneLine = (text) => visible(text).replaceAll('\n', '\\n');

/**
 * A URL without what may be a secret: user name, password, query, fragment.
 *
 * @param {string} url
 */
function place(url) {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${search && '?…'}`;
}

module.exports = { Status };
