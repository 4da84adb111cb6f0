'use strict';

const { WeChatError } = require('./error.js');
const { Refusal } = require('./refusal.js');

/** @type {any} */
let parser;

/** Loaded when it is first needed: it is an optional peer. */
function loadParser() {
  try {
    const { XMLParser } = require('fast-xml-parser');
    return new XMLParser({
      // A user's text 0012 would become 12.
      parseTagValue: false,
      processEntities: false,
      trimValues: false,
      ignoreAttributes: true,
      ignoreDeclaration: true,
    });
  } catch (cause) {
    throw new WeChatError('the package fast-xml-parser is missing: npm install fast-xml-parser', {
      code: 'ERR_WECHAT_PEER',
      cause,
    });
  }
}

const CDATA = '<![CDATA[';

/**
 * Whether there is more than elements and their text: a declaration or a comment, of which WeChat sends none. Entities
 * are declared so.
 *
 * @param {string} text
 */
function hasDeclaration(text) {
  let at = text.indexOf('<!');
  while (at !== -1) {
    const end = text.startsWith(CDATA, at) ? text.indexOf(']]>', at) : -1;
    if (end === -1) return true;
    at = text.indexOf('<!', end);
  }
  return false;
}

/**
 * The fields of a document of WeChat.
 *
 * @param {string} text
 * @returns {Record<string, any>}
 * @throws {Refusal} For anything else.
 */
function parseXml(text) {
  if (hasDeclaration(text)) throw new Refusal('body');
  parser ??= loadParser();
  /** @type {any} */
  let document;
  try {
    document = parser.parse(text, true);
  } catch {
    throw new Refusal('body');
  }
  const fields = document?.xml;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new Refusal('body');
  }
  return fields;
}

/**
 * A document with these fields, the strings among them as CDATA.
 *
 * @param {Record<string, string | number>} fields
 */
function buildXml(fields) {
  const elements = Object.entries(fields).map(([name, value]) => {
    const content = typeof value === 'number' ? String(value) : cdata(value);
    return `<${name}>${content}</${name}>`;
  });
  return `<xml>${elements.join('')}</xml>`;
}

/** What XML 1.0 has no room for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is dropped
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** @param {string} text */
const cdata = (text) =>
  `<![CDATA[${text.replace(CONTROLS, '').replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

module.exports = { buildXml, parseXml };
