import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * A callback URL in the forms that frameworks want. Each is a function of its own, to be handed on. It answers GET, by which the
 * console verifies the URL, and POST. A request that is refused gets 403 without a word; one that failed here gets 500,
 * and WeChat delivers it again.
 */
export interface CallbackRoutes {
  /**
   * For `node:http`, Express and the pages router of Next.js. A middleware that parses bodies may stand before it.
   *
   * @example
   * app.all('/wechat', bot.handler);
   */
  readonly handler: (
    request: IncomingMessage & { body?: unknown },
    response: ServerResponse,
  ) => Promise<void>;
  /**
   * For Hono, the app router of Next.js, and everything else that takes a `Response`.
   *
   * @example
   * // Hono
   * app.all('/wechat', (c) => bot.fetch(c.req.raw));
   * // Next.js: app/wechat/route.js
   * export const GET = bot.fetch;
   * export const POST = bot.fetch;
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * For Fastify, whose own parsers know no XML.
   *
   * @example
   * app.register(bot.plugin, { path: '/wechat' });
   */
  readonly plugin: (app: FastifyLike, options: { path?: string }) => Promise<void>;
}

/** An instance of Fastify, as far as it matters. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's own types differ with its version
  addContentTypeParser(type: string, parser: (request: any, payload: any) => Promise<any>): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's own types differ with its version
  route(options: any): unknown;
}
