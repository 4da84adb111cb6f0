// What the terminal shows: a live line below lines that stay, or in a pipe plain lines only.

import { clearLine, cursorTo } from 'node:readline';

const BAR = 24;
/** What stands beside the bar, without the state. */
const TEXT = 28;
const REFRESH_MS = 100;
/** Events a second are those of the last one. */
const RATE_MS = 1000;
/** Lines that wrap could not be cleared again. */
const WIDTH = 80;
/** How wide the titles of spoken text are. */
const MARGIN = 12;

const live = process.stdout.isTTY === true;
const colours = live && !process.env.NO_COLOR;
/** Each style ends only itself, so that they nest. */
const paint = (on, off) => (text) => (colours ? `\x1b[${on}m${text}\x1b[${off}m` : String(text));

export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const red = paint(31, 39);
export const green = paint(32, 39);
export const yellow = paint(33, 39);

export const count = (number) => number.toLocaleString('en-US');
export const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

export class Screen {
  #total;
  #state;
  #started = performance.now();
  #arrived = 0;
  /** When each of the last events arrived, oldest first. */
  #times = [];
  #timer;
  #shown = false;

  /**
   * @param {number} total
   * @param {() => string} state what the stream is doing right now
   */
  constructor(total, state) {
    this.#total = total;
    this.#state = state;
    if (live) this.#timer = setInterval(() => this.#draw(), REFRESH_MS);
  }

  get elapsed() {
    return performance.now() - this.#started;
  }

  /** So many events have arrived. */
  progress(arrived) {
    this.#arrived = arrived;
    this.#times.push(performance.now());
    if (!live && arrived % (this.#total / 10) === 0) {
      this.#stamp(`${count(arrived)} of ${count(this.#total)} events, ${this.#rate()} a second`);
    }
  }

  /** Something that stays: a sentence, and beneath it its particulars. */
  note(sentence, particulars) {
    this.#stamp(sentence);
    this.print(' '.repeat(18) + dim(particulars));
  }

  #stamp(text) {
    const time = seconds(this.elapsed).padStart(9);
    const place = `#${this.#arrived}`.padStart(6);
    this.print(`${dim(`${time} ${place}`)}  ${text}`);
  }

  print(line = '') {
    this.#clear();
    console.log(line);
    if (this.#timer) this.#draw();
  }

  /** Ends the live line. */
  end() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }

  #clear() {
    if (!this.#shown) return;
    this.#shown = false;
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
  }

  #draw() {
    const filled = Math.round((this.#arrived / this.#total) * BAR);
    const bar = green('━'.repeat(filled)) + dim('─'.repeat(BAR - filled));
    const numbers = `${count(this.#arrived).padStart(5)} of ${count(this.#total)}`;
    const room = Math.min(process.stdout.columns || WIDTH, WIDTH) - BAR - TEXT;
    const state = this.#state().slice(0, Math.max(room, 0));
    this.#clear();
    process.stdout.write(`  ${bar} ${numbers}  ${`${this.#rate()}/s`.padStart(6)}  ${state}`);
    this.#shown = true;
  }

  #rate() {
    const since = performance.now() - RATE_MS;
    while (this.#times[0] < since) this.#times.shift();
    return this.#times.length;
  }
}

/** Wide letters take two places. */
const columns = (text) => [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 2 : 1), 0);

/** Text as it is spoken, word by word, beneath a title at its left. */
export class Prompter {
  #column = 0;
  #indent;

  /** @param {string} title */
  constructor(title) {
    this.#indent = `  ${title.padEnd(MARGIN - 2)}`;
  }

  say(text) {
    for (const word of text.match(/\s*\S+/g) ?? []) {
      if (this.#column === 0 || this.#column + columns(word) > WIDTH) this.#turn();
      // A line begins without the blank that parts words.
      const shown = this.#column === MARGIN ? word.trimStart() : word;
      process.stdout.write(shown);
      this.#column += columns(shown);
    }
  }

  /** Something that happens to the text, on a line of its own. */
  note(sentence) {
    this.#turn();
    process.stdout.write(sentence);
    this.#column = WIDTH;
  }

  end() {
    process.stdout.write('\n');
  }

  #turn() {
    if (this.#column > 0) process.stdout.write('\n');
    process.stdout.write(this.#indent);
    this.#indent = ' '.repeat(MARGIN);
    this.#column = MARGIN;
  }
}
