/** What all messages of an Official Account have. */
export interface OfficialAccountMessageBase {
  /** The `MsgId`; of an event, its user, time and name. */
  readonly id: string;
  /** The openid of the user. */
  readonly user: string;
  /** The id of the account. */
  readonly account: string;
  /** When it was sent, to the second. */
  readonly createdAt: Date;
  /** Everything that WeChat sent, by WeChat's own names, as text. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A message or an event of an Official Account. */
export type OfficialAccountMessage =
  | (OfficialAccountMessageBase & { readonly type: 'text'; readonly text: string })
  | (OfficialAccountMessageBase & {
      readonly type: 'image';
      readonly mediaId: string;
      readonly url: string;
    })
  | (OfficialAccountMessageBase & {
      readonly type: 'voice';
      readonly mediaId: string;
      readonly format: string;
      /** What WeChat recognised; empty if that is not switched on. */
      readonly text: string;
    })
  | (OfficialAccountMessageBase & {
      readonly type: 'video' | 'shortvideo';
      readonly mediaId: string;
      readonly thumbnailId: string;
    })
  | (OfficialAccountMessageBase & {
      readonly type: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly label: string;
    })
  | (OfficialAccountMessageBase & {
      readonly type: 'link';
      readonly title: string;
      readonly description: string;
      readonly url: string;
    })
  | OfficialAccountEvent;

/** Something that a user did. */
export interface OfficialAccountEvent extends OfficialAccountMessageBase {
  readonly type: 'event';
  /** What, in small letters: `subscribe`, `unsubscribe`, `scan`, `click`, `view`, `location`, and others. */
  readonly event: string;
  /** The key of the menu item or of the code, or the URL; absent if there is none. */
  readonly key?: string;
  /** The ticket of a code that was scanned. */
  readonly ticket?: string;
}
