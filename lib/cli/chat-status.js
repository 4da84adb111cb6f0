'use strict';

const { ALL_CHAT_FLAGS } = require('./chat-flags.js');
const { Status } = require('./status.js');
const { painter, visible, wantsColour } = require('./terminal-text.js');

/**
 * @typedef {import('../../index.js').ChatAnswer} ChatAnswer
 * @typedef {import('../../index.js').ChatUsage} ChatUsage
 */

/** What goes to standard error beside an answer. */
class ChatStatus extends Status {
  #paint = painter(wantsColour(process.stderr));
  #thinking = false;

  /** @param {'quiet' | 'normal' | 'verbose'} level */
  constructor(level) {
    super(level, ALL_CHAT_FLAGS);
  }

  /** @param {string} text */
  thought(text) {
    if (!this.verbose) return;
    this.#thinking = true;
    process.stderr.write(this.#paint('dim', visible(text)));
  }

  endThought() {
    if (this.#thinking) process.stderr.write('\n');
    this.#thinking = false;
  }

  reset() {
    this.note('the answer begins anew; what stands above is void');
  }

  /** @param {ChatAnswer} answer */
  summary({ refusal, finishReason, usage, attempts }) {
    if (refusal !== '') this.note(`refused: ${refusal}`);
    if (finishReason !== null && finishReason !== 'stop') this.note(`ended by ${finishReason}`);
    const counts = usage ? `${tokens(usage)}, ` : '';
    this.note(`${counts}attempts ${attempts.length}`);
    if (attempts.length < 2) return;
    for (const { attempt, endpoint, status, billed, resume, error } of attempts) {
      const came = [error ?? 'complete', status && `status ${status}`, resume, `billed: ${billed}`];
      this.note(`attempt ${attempt} at ${endpoint}: ${came.filter(Boolean).join(', ')}`);
    }
  }
}

/** @param {ChatUsage} usage */
function tokens({ input, cached, output, reasoning }) {
  const read = `tokens ${input ?? '?'} in${cached ? ` (${cached} cached)` : ''}`;
  return `${read}, ${output ?? '?'} out${reasoning ? ` (${reasoning} thought)` : ''}`;
}

module.exports = { ChatStatus };
