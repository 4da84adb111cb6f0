'use strict';

/**
 * @typedef {import('./types/messages.js').OfficialAccountMessage} OfficialAccountMessage
 */

/** @param {any} value */
const string = (value) => (typeof value === 'string' ? value : '');

/** @param {any} value */
const optional = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

/** @param {any} value */
const number = (value) => {
  const parsed = Number(string(value));
  return Number.isFinite(parsed) ? parsed : 0;
};

/** What each kind of message has besides. */
/** @type {Record<string, (fields: Record<string, any>) => object>} */
const KINDS = {
  text: (fields) => ({ text: string(fields.Content) }),
  image: (fields) => ({ mediaId: string(fields.MediaId), url: string(fields.PicUrl) }),
  voice: (fields) => ({
    mediaId: string(fields.MediaId),
    format: string(fields.Format),
    text: string(fields.Recognition),
  }),
  video: (fields) => ({
    mediaId: string(fields.MediaId),
    thumbnailId: string(fields.ThumbMediaId),
  }),
  shortvideo: (fields) => ({
    mediaId: string(fields.MediaId),
    thumbnailId: string(fields.ThumbMediaId),
  }),
  location: (fields) => ({
    latitude: number(fields.Location_X),
    longitude: number(fields.Location_Y),
    label: string(fields.Label),
  }),
  link: (fields) => ({
    title: string(fields.Title),
    description: string(fields.Description),
    url: string(fields.Url),
  }),
};

/**
 * A message or an event of an Official Account as an object.
 *
 * @param {Record<string, any>} fields
 * @returns {OfficialAccountMessage}
 */
function messageOf(fields) {
  const kind = string(fields.MsgType);
  const common = {
    user: string(fields.FromUserName),
    account: string(fields.ToUserName),
    createdAt: new Date(number(fields.CreateTime) * 1000),
  };
  /** @type {any} */
  let message;
  if (kind === 'event') {
    const event = string(fields.Event).toLowerCase();
    message = {
      ...common,
      // An event has no id. Two of one second differ in what happened.
      id: [common.user, string(fields.CreateTime), event].join(':'),
      type: 'event',
      event,
      key: optional(fields.EventKey),
      ticket: optional(fields.Ticket),
    };
  } else {
    const details = Object.hasOwn(KINDS, kind) ? KINDS[kind]?.(fields) : {};
    message = { ...common, id: string(fields.MsgId), type: kind, ...details };
  }
  message.fields = fields;
  return message;
}

/** What the user said, if it is text or became text. */
const textOf = (/** @type {any} */ message) =>
  message.type !== 'event' && typeof message.text === 'string' && message.text.trim() !== ''
    ? message.text
    : undefined;

module.exports = { messageOf, textOf };
