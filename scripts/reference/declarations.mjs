// What a .d.ts declares: interfaces, classes, unions and functions, with their comments.

/**
 * @typedef {object} Member
 * @property {string} name
 * @property {string} type as it is written, on one line
 * @property {string} comment
 */

/** The text of a comment without its stars, one paragraph a line; what begins with `@` is left out. */
export function sentencesOf(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  const told = lines.slice(0, lines.findIndex((line) => line.startsWith('@')) >>> 0);
  return told
    .join('\n')
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => plain(paragraph.replace(/\n(?!- )\s*/g, ' ')))
    .join('\n\n');
}

/** Links of comments are names in a table. */
const plain = (text) => text.replace(/\{@link ([\w.]+)(?: \| [^}]*)?\}/g, '`$1`');

const COMMENT = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/;

/** Where a declaration begins, its comment, and what stands between its braces. */
function declaration(text, name) {
  const head = new RegExp(
    `^export (?:declare )?(?:interface|class) ${name}\\b([^{]*)\\{`,
    'm',
  ).exec(text);
  if (!head) return undefined;
  const from = head.index + head[0].length;
  const end = text.indexOf('\n}', from - 1);
  const body = text[from] === '}' ? '' : text.slice(from, end);
  return { heritage: head[1], body, comment: COMMENT.exec(text.slice(0, head.index))?.[1] ?? '' };
}

/**
 * An interface or class.
 *
 * @param {string} text
 * @param {string} name
 * @returns {{ comment: string, heritage: string, members: Member[] }}
 */
export function shapeOf(text, name) {
  const found = declaration(text, name);
  if (!found) throw new Error(`nothing declares ${name}`);
  const { body, heritage, comment } = found;
  return { comment, heritage: oneLine(heritage), members: membersIn(body) };
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** The members of a body: each is a comment, perhaps, and text up to its semicolon. */
function membersIn(body) {
  const members = [];
  let comment = '';
  let rest = body.trimStart();
  while (rest !== '') {
    const told = /^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*/.exec(rest);
    if (told) {
      comment = told[1];
      rest = rest.slice(told[0].length);
      continue;
    }
    const end = endOf(rest);
    const member = memberOf(oneLine(rest.slice(0, end)), comment);
    if (member) members.push(member);
    comment = '';
    rest = rest.slice(end + 1).trimStart();
  }
  return members;
}

const OPEN = '([{';
const CLOSE = ')]}';

/** Where a member ends: at a semicolon outside of all brackets and quotes. */
function endOf(text) {
  let depth = 0;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quote) quote = character === quote ? '' : quote;
    else if (character === "'" || character === '`') quote = character;
    else if (OPEN.includes(character)) depth += 1;
    else if (CLOSE.includes(character)) depth -= 1;
    else if (character === ';' && depth === 0) return index;
  }
  return text.length;
}

function memberOf(text, comment) {
  const [, modifiers, name, type] =
    /^((?:readonly |static |private )*)(\w+|\[[^\]]*\])\??(.*)$/.exec(text) ?? [];
  if (name === undefined || name === 'constructor' || modifiers.includes('private')) return null;
  return { name: `${modifiers.includes('static ') ? 'static ' : ''}${name}`, type, comment };
}

/**
 * The words of a union, each with its comment.
 *
 * @param {string} text
 * @param {string} name
 * @returns {{ word: string, comment: string }[]}
 */
export function wordsOf(text, name) {
  const found = new RegExp(`^export type ${name} =([^;]*(?:;(?=[^\\n]*\\*/)[^;]*)*);`, 'm').exec(
    text,
  );
  if (!found) throw new Error(`nothing declares a type ${name}`);
  const words = found[1].matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?\| '([^']*)'/g);
  return [...words].map(([, comment = '', word]) => ({ word, comment }));
}
