'use strict';

/**
 * What a terminal obeys instead of showing it: control characters but tab and line feed, and those
 * that turn the direction of the text around them.
 */
const COMMANDS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** @param {string} character */
const inJson = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** @param {string} character */
function inText(character) {
  const code = character.charCodeAt(0);
  return code > 0xff ? inJson(character) : `\\x${code.toString(16).padStart(2, '0')}`;
}

/**
 * Text of a server as a terminal may show it: its commands become visible.
 *
 * @param {string} text
 */
const visible = (text) => text.replace(COMMANDS, inText);

/**
 * The same of JSON, which stays the same value.
 *
 * @param {string} json
 */
const visibleJson = (json) => json.replace(COMMANDS, inJson);

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

module.exports = { painter, visible, visibleJson, wantsColour };
