'use strict';

const { connect, encodeEvent } = require('../../index.js');
const forms = require('./forms.js');
const { readPayload } = require('./payload.js');
const { wantsColour } = require('./terminal-text.js');
const { readTls } = require('./tls-files.js');
const { isWorthRetrying } = require('./worth-retrying.js');

/**
 * @typedef {import('./arguments.js').Wish} Wish
 * @typedef {InstanceType<typeof import('./status.js').Status>} Status
 */

/**
 * Prints one stream until it is over; rejects with the failure that ends it.
 *
 * @param {Wish} wish
 * @param {Status} status
 */
async function runSession(wish, status) {
  const options = await connectOptions(wish);
  const form = chooseForm(wish, status);
  const output = process.stdout;
  const stream = connect(wish.url, options);
  const names = options.headers.map(([name]) => name.toLowerCase());
  if (wish.lastEventId) names.push('last-event-id');
  status.request(wish.url, options.method ?? (options.body ? 'POST' : 'GET'), names);

  let printed = 0;
  /** @param {string | undefined} text */
  const print = (text) => {
    // A reader that is slower than the server makes the server wait.
    if (text !== undefined && !output.write(text)) stream.pause();
  };
  output.on('drain', () => stream.resume());
  stream
    .on('open', (opened) => status.open(opened))
    .on('retry', (retry) => status.retry(retry))
    .on('comment', (text) => {
      status.comment(text);
      print(form.comment?.(text));
    })
    .on('event', (event) => {
      if (wish.names.length > 0 && !wish.names.includes(event.event)) return;
      const text = form.event(event);
      if (text === undefined) return;
      print(text);
      printed += 1;
      if (printed === wish.maxEvents) stream.close();
    })
    .on('close', ({ reason }) => {
      if (wish.join && printed > 0) print('\n');
      status.close(reason, stream);
    });
  await stream.closed;
}

/** @param {Wish} wish */
async function connectOptions(wish) {
  const payload = wish.body && (await readPayload(wish.body));
  const headers = [...wish.headers];
  if (payload && !headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push(['content-type', payload.type]);
  }
  return {
    method: wish.method,
    headers,
    body: payload?.bytes,
    lastEventId: wish.lastEventId,
    accept: wish.accept,
    terminal: wish.terminal.length === 0 ? undefined : wish.terminal,
    retry: wish.retries === undefined ? {} : { attempts: wish.retries },
    shouldRetry: wish.retries === undefined ? isWorthRetrying : undefined,
    timeouts: wish.timeouts,
    tls: await readTls(wish),
  };
}

/**
 * @param {Wish} wish
 * @param {Status} status
 * @returns {import('./forms.js').Form}
 */
function chooseForm({ output, path, join, terminal }, status) {
  const screen = {
    terminal: process.stdout.isTTY === true,
    colour: wantsColour(process.stdout),
  };
  if (path) {
    const skipped = (/** @type {string} */ data) => {
      if (!terminal.includes(data)) status.skipped(data);
    };
    return forms.json({ path, lines: output === 'ndjson', join }, screen, skipped);
  }
  if (output === 'raw') return forms.raw(encodeEvent, screen);
  return output === 'ndjson' ? forms.ndjson(screen) : forms.text(screen);
}

module.exports = { runSession };
