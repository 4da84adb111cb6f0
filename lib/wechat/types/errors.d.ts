/** Every code of {@link WeChatError}. */
export type WeChatErrorCode =
  /** The API of WeChat refused; see `errcode`. */
  | 'ERR_WECHAT_API'
  /** The API of WeChat gave no answer, or none that is JSON. What was asked may have been done. */
  | 'ERR_WECHAT_NETWORK'
  /** There is no access token that WeChat takes, or another process did not fetch one in time. */
  | 'ERR_WECHAT_TOKEN'
  /** Too many messages of one user wait for an answer. */
  | 'ERR_WECHAT_BUSY'
  /** An optional peer is not installed; the message names it. */
  | 'ERR_WECHAT_PEER'
  /** The long connection is over, and does not come back. */
  | 'ERR_WECHAT_CLOSED';

/** A failure of WeChat. Neither its message nor its cause holds a secret, a token or what was said. */
export class WeChatError extends Error {
  constructor(
    message: string,
    details: { code: WeChatErrorCode; errcode?: number; cause?: unknown },
  );
  /** What failed; stable. */
  readonly code: WeChatErrorCode;
  /** The number that WeChat gave, of `ERR_WECHAT_API`, such as 45047. */
  readonly errcode?: number;
  /** The lower failure, if there is one. */
  readonly cause?: unknown;
}
