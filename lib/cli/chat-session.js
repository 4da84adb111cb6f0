'use strict';

const { buffer } = require('node:stream/consumers');
const { chat } = require('../../index.js');
const { visible } = require('./terminal-text.js');
const { readTls } = require('./tls-files.js');
const { UsageError } = require('./usage-error.js');
const { isWorthRetrying } = require('./worth-retrying.js');

/**
 * @typedef {import('./chat-arguments.js').ChatWish} ChatWish
 * @typedef {InstanceType<typeof import('./chat-status.js').ChatStatus>} ChatStatus
 */

/**
 * Prints one answer as it comes; rejects with the failure that ends it.
 *
 * @param {ChatWish} wish
 * @param {ChatStatus} status
 */
async function runChat(wish, status) {
  const answer = chat(await chatOptions(wish));
  const output = process.stdout;
  const shown = output.isTTY ? visible : String;
  let last = '\n';
  /** @param {string} text */
  const print = (text) => {
    last = text.at(-1) ?? last;
    // A reader that is slower than the model makes the model wait.
    if (!output.write(text)) answer.pause();
  };
  const endLine = () => {
    if (last !== '\n') print('\n');
  };
  output.on('drain', () => answer.resume());
  answer
    .on('open', (opened) => status.open(opened))
    .on('retry', (retry) => status.retry(retry))
    .on('reasoning', (text) => status.thought(text))
    .on('content', (text) => {
      status.endThought();
      print(shown(text));
    })
    .on('reset', () => {
      endLine();
      status.reset();
    })
    .on('close', () => {
      status.endThought();
      endLine();
      status.summary(answer.snapshot());
    });
  await answer.closed;
}

/**
 * @param {ChatWish} wish
 * @returns {Promise<import('../../index.js').ChatOptions>}
 */
async function chatOptions({ pemFiles, insecure, level, question, system, retries, ...wish }) {
  const content = question === '-' ? (await buffer(process.stdin)).toString() : question;
  if (content.trim() === '') throw new UsageError('the question is empty');
  const messages = [{ role: /** @type {const} */ ('user'), content }];
  const instructions = { role: /** @type {const} */ ('system'), content: system };
  return {
    .../** @type {any} */ (wish),
    messages: system === undefined ? messages : [instructions, ...messages],
    retry: retries === undefined ? {} : { attempts: retries },
    shouldRetry: retries === undefined ? isWorthRetrying : undefined,
    tls: await readTls({ pemFiles, insecure }),
  };
}

module.exports = { runChat };
