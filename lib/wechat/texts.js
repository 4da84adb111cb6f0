'use strict';

const check = require('./checks.js');

/** What a bot says by itself. */
const TEXTS = Object.freeze({
  thinking: '正在思考，回复 1 查看。',
  more: '（未完，回复 1 查看余下部分）',
  later: '（未完，稍后推送）',
  cut: '（内容过长，余下部分已省略）',
  interrupted: '（回答中断）',
  failed: '暂时无法回答，请稍后再试。',
  busy: '您的上一条消息还在处理，请稍候。',
});

/** The longest of them, in bytes: there must be room for an answer beside it. */
const LONGEST = 256;

/**
 * @param {unknown} given
 * @returns {typeof TEXTS}
 */
function textsOption(given) {
  const texts = { ...TEXTS, ...check.group(given ?? {}, Object.keys(TEXTS), 'texts') };
  for (const [name, text] of Object.entries(texts)) {
    check.text(text, `texts.${name}`);
    if (Buffer.byteLength(text) > LONGEST) {
      throw check.wrong(`texts.${name}`, `at most ${LONGEST} bytes long`, text);
    }
  }
  return texts;
}

/**
 * An outcome as the text that a user gets.
 *
 * @param {import('./answering.js').Outcome} outcome
 * @param {typeof TEXTS} texts
 */
function wording({ text, error }, texts) {
  if (error === undefined) return text;
  return text === '' ? texts.failed : `${text}\n${texts.interrupted}`;
}

module.exports = { TEXTS, textsOption, wording };
