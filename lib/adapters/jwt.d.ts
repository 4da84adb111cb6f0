import type { KeyObject, webcrypto } from 'node:crypto';

/**
 * Judges requests by a JSON Web Token: signature, time, issuer and audience, by the package `jose` (6), which you install
 * beside this one. What it gives is for `hub.connect()`, `hub.response()` and the `hubRoutes()` of every adapter: the
 * client is closed when the token expires, and a revoked user's tokens are refused, by their `iat`.
 *
 * A browser's `EventSource` sends no header of yours: use a cookie, `fetch`, or a ticket (`hub.ticket()`). A token in
 * the query stands in the logs of every server between.
 *
 * @example
 * import { createHub } from 'perennial-sse';
 * import { hubRoutes } from 'perennial-sse/express';
 * import { jwtAuthorizer } from 'perennial-sse/jwt';
 *
 * const authorize = jwtAuthorizer({
 *   jwks: 'https://login.example/.well-known/jwks.json',
 *   issuer: 'https://login.example/',
 *   audience: 'events',
 *   from: { header: 'authorization', cookie: 'session' },
 *   channels: (claims) => [`team-${claims.team}`],
 * });
 * app.get('/events', hubRoutes(createHub(), authorize).stream);
 *
 * @param options One of `secret`, `publicKey` and `jwks` is needed.
 * @returns A function that takes a request and rejects with an `SSEAuthError` where nobody is let in:
 *   `ERR_SSE_UNAUTHORIZED` with `status` 401 (no token, or none that holds) or 403 (`allow`), `ERR_SSE_KEYS` if the keys
 *   cannot be had. `hubRoutes()` answers the first with its status, and lets a browser come back after the other.
 * @throws {SSEOptionError} For a wrong option. A package `jose` that cannot be loaded rejects the first request.
 */
export function jwtAuthorizer<Asked extends JwtRequest = JwtRequest>(
  options: JwtAuthorizerOptions<Asked>,
): JwtAuthorizer<Asked>;

/** What {@link jwtAuthorizer} returns. */
export type JwtAuthorizer<Asked extends JwtRequest = JwtRequest> = (
  request: Asked,
) => Promise<JwtAuthorized>;

/** A request: of a Node server or its frameworks, a `Request`, or the context of Hono. */
export type JwtRequest =
  | { readonly headers: object; readonly url?: string | undefined }
  | { readonly req: { readonly raw: Request } };

/** Options of {@link jwtAuthorizer}. */
export interface JwtAuthorizerOptions<Asked extends JwtRequest = JwtRequest> {
  /** What signs and verifies, for `HS…`; at least 32 bytes, of a string in UTF-8. */
  secret?: string | Uint8Array | KeyObject;
  /** What verifies one issuer's signatures: PEM (SPKI or X.509), a JSON Web Key, or a key object. */
  publicKey?: string | KeyObject | webcrypto.CryptoKey | webcrypto.JsonWebKey;
  /**
   * A set of keys: its URL, or the set itself. From a URL it is fetched when a token needs it, again when a token
   * names a key that is not in it, and goes on in use while its server is away.
   */
  jwks?: string | URL | { keys: readonly object[] };
  /** The claim `iss`, or those that it may be. Defaults to any. */
  issuer?: string | readonly string[];
  /** One of these must be in the claim `aud`. Defaults to any, which is safe for an issuer of one audience alone. */
  audience?: string | readonly string[];
  /**
   * What tokens may be signed with. Defaults to all of the kind of key: `HS256`, `HS384` and `HS512` for a `secret`,
   * otherwise `RS…`, `PS…` and `ES…` of 256, 384 and 512, `EdDSA` and `Ed25519`. Never `none`.
   */
  algorithms?: readonly string[];
  /** Claims without which a token is refused, such as `['exp']`. Defaults to none: without `exp` it holds for ever. */
  required?: string | readonly string[];
  /** How far the clocks of issuer and server may be apart, in milliseconds. Defaults to `5000`. */
  leeway?: number;
  /**
   * Where the token stands. What is named is looked at in this order, and the first that is there counts. Defaults to
   * `{ header: 'authorization' }`.
   */
  from?: JwtPlaces;
  /** How the keys of a URL are fetched. */
  refresh?: JwtRefresh;
  /** Whether the bearer of a valid token may connect; anything but `true` is 403. Defaults to everybody. */
  allow?: (claims: JwtClaims, request: Asked) => boolean | Promise<boolean>;
  /** Who it is. Defaults to the claim `sub`. */
  user?: (claims: JwtClaims) => string | null | undefined | Promise<string | null | undefined>;
  /** The channels that the client has from the beginning. Defaults to none. */
  channels?: (claims: JwtClaims) => readonly string[] | Promise<readonly string[]>;
  /** What the server wants to know of the client: `client.data`. Defaults to nothing. */
  data?: (claims: JwtClaims) => unknown;
}

/** Where a token stands in a request; at least one. */
export interface JwtPlaces {
  /** The name of a header. In `Authorization` it stands behind `Bearer`; elsewhere that may be left out. */
  header?: string;
  /** The name of a cookie. */
  cookie?: string;
  /** The name of a parameter of the query. */
  query?: string;
}

/** How keys are fetched, in milliseconds. */
export interface JwtRefresh {
  /** How old kept keys may be before they are fetched anew; at least 1000. Defaults to `600000`. */
  maxAge?: number;
  /** How long nothing is fetched after a fetch, whatever keys tokens name. Defaults to `30000`. */
  cooldown?: number;
  /**
   * How old kept keys may be while they cannot be fetched; a key that its issuer withdraws holds as long then. Defaults to
   * `86400000`.
   */
  stale?: number;
  /** How long a fetch may take. Defaults to `5000`. */
  timeout?: number;
}

/** What a token says; see RFC 7519. */
export interface JwtClaims {
  /** Who made it. */
  iss?: string;
  /** Whom it is about. */
  sub?: string;
  /** Whom it is for. */
  aud?: string | string[];
  /** When it expires, in seconds since 1970. */
  exp?: number;
  /** From when on it holds, in seconds since 1970. */
  nbf?: number;
  /** When it was made, in seconds since 1970. */
  iat?: number;
  /** Its own name. */
  jti?: string;
  /** Claims of the issuer's own. */
  [claim: string]: unknown;
}

/** Options for `hub.connect()` and `hub.response()`. */
export interface JwtAuthorized {
  /** As the option `user` says. */
  user: string | null;
  /** As the option `channels` says. */
  channels: readonly string[];
  /** As the option `data` says. */
  data: unknown;
  /** `exp` with `leeway`: then the client is closed. `null` without `exp`. */
  expires: Date | null;
  /** `iat`: what is compared with the time of `hub.revoke()`. `null` without `iat`. */
  issuedAt: Date | null;
}
