import type { Relay } from '../../index.js';

/**
 * What the package `resumable-stream` (2.2) exports, on a relay: change the import, and its calls stay as they are. It
 * needs no publisher and no subscriber: where runs are kept is the relay's matter.
 *
 * What is better than there: the source's failure reaches every reader as an error, `relay.stop(streamId)` stops the
 * stream, nothing is kept twice in memory, and `waitUntil` is given a promise that always settles.
 *
 * @example
 * import { createResumableStreamContext } from 'perennial-sse/resumable-stream';
 * import { after } from 'next/server';
 *
 * const context = createResumableStreamContext({ waitUntil: after });
 *
 * @param options Everything has a default.
 * @throws {SSEOptionError} For a wrong or unknown option.
 */
export function createResumableStreamContext(
  options?: CreateResumableStreamContextOptions,
): ResumableStreamContext;

/** Options of {@link createResumableStreamContext}. */
export interface CreateResumableStreamContextOptions {
  /** Where the streams are run. Defaults to `createRelay()`, the relay of the default name. */
  relay?: Relay;
  /**
   * Is given a promise for each stream that is produced here, which settles when that is over, however it ends: for
   * platforms that suspend a function whose response is done. `null` where nothing does. Defaults to `null`.
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | null;
  /** Stands in front of each id, with a colon between them. Defaults to none: the id of a run is `streamId`. */
  keyPrefix?: string;
}

/** What {@link createResumableStreamContext} returns. */
export interface ResumableStreamContext {
  /**
   * Produces a stream, or reads the one that is under way.
   *
   * @param streamId Must be unique for each stream. At most 1,024 bytes with the prefix.
   * @param makeStream Called only if there is no such stream yet. Its text comes out to the byte, though not in the
   *   same pieces; half a surrogate pair without the other half becomes U+FFFD.
   * @param skipCharacters How many UTF-16 units of the text the caller has. Defaults to 0; the call that produces the
   *   stream gets all of it.
   * @returns All of the text. It fails with an `SSERunError` if the stream does, is stopped, or is lost. `null` if the
   *   stream is over, however it ended, and still known, for as long as the relay's `retention`. One that failed before it
   *   said anything is made anew.
   * @throws What `makeStream` throws, `SSEOptionError` for a wrong argument, `SSERunError` if the log has no room.
   */
  resumableStream(
    streamId: string,
    makeStream: () => ReadableStream<string>,
    skipCharacters?: number,
  ): Promise<ReadableStream<string> | null>;
  /** The same as `resumableStream`: of two calls with one id the second reads, and does not replace the first. */
  createNewResumableStream(
    streamId: string,
    makeStream: () => ReadableStream<string>,
    skipCharacters?: number,
  ): Promise<ReadableStream<string> | null>;
  /**
   * Reads a stream that is under way.
   *
   * @param skipCharacters How many UTF-16 units of the text the caller has. Defaults to 0.
   * @returns The rest of the text; `null` if the stream is over, `undefined` if there is none.
   */
  resumeExistingStream(
    streamId: string,
    skipCharacters?: number,
  ): Promise<ReadableStream<string> | null | undefined>;
  /** `null` if there is no such stream, `true` if it is under way, `'DONE'` if it is over, however it ended. */
  hasExistingStream(streamId: string): Promise<null | true | 'DONE'>;
}
