// Declarations as tables of Markdown.

import { sentencesOf, shapeOf, wordsOf } from './declarations.mjs';

const cell = (text) => text.replace(/\s+/g, ' ').replace(/\|/g, '\\|').trim();

/** A type as a reader wants it. */
const typeIn = (type) => {
  const text = type
    .replace(/^: /, '')
    .replace(/\breadonly /g, '')
    .replace(/^\| /, '');
  return text === '' ? '' : `\`${cell(text)}\``;
};

/** What a comment gives as the default, and the rest of it. */
function splitDefault(comment) {
  const text = sentencesOf(comment).replace(/\s+/g, ' ');
  const found = /(?:^|(?<=\. ))Defaults? (?:to|as|is) (?:`[^`]*`|[^`.]|\.(?!\s|$))*\.(?=\s|$)/.exec(
    text,
  );
  if (!found) return { usual: '', rest: text };
  const usual = found[0]
    .replace(/^Defaults to /, '')
    .replace(/^Defaults as/, 'as')
    .replace(/ to (?=`|\d|none)/g, ' ')
    .slice(0, -1);
  const rest = `${text.slice(0, found.index)}${text.slice(found.index + found[0].length)}`;
  return { usual, rest: rest.trim() };
}

const table = (head, rows) => [
  `| ${head.join(' | ')} |`,
  `|${'---|'.repeat(head.length)}`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ').replace(/ {2,}/g, ' ')} |`),
];

/** What a comment says of a declaration as a whole. */
const told = (comment) => (comment === '' ? [] : [sentencesOf(comment), '']);

/** Options: name, type, default, what it does. */
export function options(text, name, title = name) {
  const { comment, heritage, members } = shapeOf(text, name);
  const inherited = /(?:^|>) ?extends (.*)$/.exec(heritage)?.[1];
  const rows = members.map((member) => {
    const { usual, rest } = splitDefault(member.comment);
    return [`\`${member.name}\``, typeIn(member.type).replaceAll('\\|', '|'), usual, rest];
  });
  return [
    `## ${title}`,
    '',
    ...told(comment),
    ...(inherited ? [`And the options of \`${inherited}\`.`, ''] : []),
    ...table(['option', 'type', 'default', 'what it does'], rows),
    '',
  ];
}

/** Members of what you are given: name, type, meaning. */
export function members(text, name, title = name) {
  const { comment, members: all } = shapeOf(text, name);
  const rows = new Map();
  for (const member of all) {
    if (LISTENING.includes(member.name) || member.comment === '') continue;
    const type = typeIn(member.type).replaceAll('\\|', '|');
    if (!rows.has(member.name)) {
      const meaning = sentencesOf(member.comment).replace(/\s+/g, ' ');
      rows.set(member.name, [`\`${member.name}\``, type, meaning]);
    }
  }
  return [
    `## ${title}`,
    '',
    ...told(comment),
    ...table(['member', 'type', 'meaning'], [...rows.values()]),
    '',
  ];
}

/** Every emitter has these. */
const LISTENING = ['on', 'once', 'off', 'addListener', 'removeListener'];

/**
 * Codes: class, meaning.
 *
 * @param {string} text
 * @param {string[] | undefined} wanted all unless told
 * @param {((code: string) => string) | undefined} linkTo where the section of a code is, if there is one
 */
export function codes(text, wanted, linkTo, union = 'ErrorCode') {
  const all = wordsOf(text, union).filter(({ word }) => wanted?.includes(word) ?? true);
  const missing = wanted?.filter((code) => !all.some(({ word }) => word === code)) ?? [];
  if (missing.length > 0) throw new Error(`${union} has no ${missing.join(', ')}`);
  const rows = all.map(({ word, comment }) => {
    const meaning = sentencesOf(comment).replace(/\s+/g, ' ');
    return [linkTo ? `[\`${word}\`](${linkTo(word)})` : `\`${word}\``, meaning];
  });
  return ['## Errors', '', ...table(['code', 'meaning, and class'], rows), ''];
}

/** Flags of a command, by their groups. */
export function flags(groups, title) {
  const rows = Object.values(groups).flatMap((group) =>
    Object.entries(group).map(([name, { short, value, multiple, help }]) => [
      `\`${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}\``,
      `${help}${multiple && !help.includes('repeatable') ? '; repeatable' : ''}`,
    ]),
  );
  return [`## ${title}`, '', ...table(['flag', 'what it does'], rows), ''];
}
