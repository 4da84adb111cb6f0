'use strict';

/** Control characters but tab and line feed; to a terminal they are commands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Text of a server as a terminal may show it: its control characters become visible.
 *
 * @param {string} text
 */
function visible(text) {
  const code = (/** @type {string} */ character) => character.charCodeAt(0).toString(16);
  return text.replace(CONTROLS, (character) => `\\x${code(character).padStart(2, '0')}`);
}

const STYLES = { bold: '1', dim: '2', red: '31', cyan: '36' };

/**
 * Paints text, if colours are wanted where it is going.
 *
 * @param {boolean} wanted
 * @returns {(style: keyof typeof STYLES, text: string) => string}
 */
const painter = (wanted) => (style, text) =>
  wanted ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;

/**
 * @param {{ isTTY?: boolean }} stream
 * @returns {boolean}
 */
const wantsColour = (stream) => stream.isTTY === true && !process.env.NO_COLOR;

module.exports = { painter, visible, wantsColour };
