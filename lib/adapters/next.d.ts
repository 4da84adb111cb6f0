/**
 * Lets Next.js load `perennial-sse` from `node_modules` instead of bundling it: it adds the package
 * to `serverExternalPackages` and changes nothing else. For Next.js 15 and 16.
 *
 * @example
 * // next.config.mjs
 * import { withPerennial } from 'perennial-sse/next';
 * export default withPerennial({ reactStrictMode: true });
 *
 * @param config Whatever `next.config` may export: an object, a promise of one, or a function that
 *   gives either. Left unchanged; the same kind is returned. Defaults to an empty object.
 * @throws {SSEOptionError} For anything else.
 */
export function withPerennial<Config>(config?: Config): Config;
