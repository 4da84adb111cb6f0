'use strict';

const { createHash } = require('node:crypto');

/** How many lines the page keeps. */
const KEPT = 2000;

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.5 ui-monospace, monospace }
body { margin: 0 }
header { position: sticky; top: 0; display: flex; gap: 1em; padding: .5em 1em; background: Canvas }
input { flex: 1; font: inherit }
ol { margin: 0; padding: 0 1em; list-style: none; white-space: pre-wrap; overflow-wrap: anywhere }
.missing { color: GrayText }
`;

const SCRIPT = `
const list = document.querySelector('ol');
const state = document.querySelector('output');
const filter = document.querySelector('input');

const show = (item) => { item.hidden = !item.textContent.includes(filter.value) };

function add(text, kind = '') {
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 4;
  const item = document.createElement('li');
  item.textContent = text;
  item.className = kind;
  show(item);
  list.append(item);
  while (list.children.length > ${KEPT}) list.firstChild.remove();
  if (atEnd) scrollTo(0, document.body.scrollHeight);
}

filter.addEventListener('input', () => { for (const item of list.children) show(item) });

const source = new EventSource('events');
source.onopen = () => { state.value = 'connected' };
source.onerror = () => { state.value = 'connecting again' };
source.onmessage = ({ data }) => add(data);
source.addEventListener('gap', () => add('lines are missing here', 'missing'));
`;

/** Shows the lines as they come. */
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>perennial-sse serve</title>
<style>${STYLE}</style>
<header><output>connecting</output><input placeholder="only lines with" aria-label="Filter"></header>
<ol></ol>
<script>${SCRIPT}</script>
`;

/** @param {string} text */
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing runs on the page but what is written above, whatever a line contains. */
const PAGE_HEADERS = Object.freeze({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "connect-src 'self'",
    `script-src ${hash(SCRIPT)}`,
    `style-src ${hash(STYLE)}`,
  ].join('; '),
});

module.exports = { PAGE, PAGE_HEADERS };
