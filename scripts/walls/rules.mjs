// The walls of the house: what each module of the core may name, and which crates only some may.

/** Names no clock, no runtime, no chance and no `unsafe`: it runs anywhere, and twice alike. */
const PURE = true;

/**
 * @typedef {object} Module
 * @property {string[] | 'all'} uses the modules that it may name, besides itself and `error`
 * @property {boolean} [pure]
 */

/** @type {Record<string, Module>} */
export const MODULES = {
  error: { uses: [] },
  protocol: { uses: [], pure: PURE },
  reconnect: { uses: [], pure: PURE },
  pool: { uses: [], pure: PURE },
  llm: { uses: ['protocol'], pure: PURE },
  text: { uses: [], pure: PURE },
  record: { uses: [], pure: PURE },
  delivery: { uses: ['record'], pure: PURE },
  transport: { uses: [] },
  stream: { uses: ['protocol', 'reconnect', 'pool', 'transport', 'record', 'delivery'] },
  // The last two for their types: it takes items in, and makes requests.
  chat: {
    uses: ['llm', 'stream', 'pool', 'reconnect', 'record', 'delivery', 'protocol', 'transport'],
  },
  log: { uses: ['protocol'], pure: PURE },
  hub: { uses: ['log', 'protocol'], pure: PURE },
  relay: { uses: ['log', 'protocol'], pure: PURE },
  redis: { uses: ['log'] },
  serve: {
    uses: ['hub', 'relay', 'log', 'redis', 'stream', 'chat', 'record', 'delivery', 'protocol'],
  },
  // `delivery` for the mailbox in which JavaScript is asked.
  listener: { uses: ['serve', 'delivery'] },
  node: { uses: 'all' },
};

/** Crates, or parts of them, that only these modules may name. */
export const CRATES = {
  napi: ['node'],
  napi_derive: ['node'],
  redis: ['redis'],
  reqwest: ['transport'],
  httparse: ['transport', 'listener'],
  h2: ['transport'],
  hyper: ['transport', 'listener'],
  'hyper::client': ['transport'],
  'hyper::server': ['listener'],
  hyper_util: ['transport', 'listener'],
  'hyper_util::client': ['transport'],
  'hyper_util::server': ['listener'],
  rustls: ['transport', 'listener'],
  'rustls::client': ['transport'],
  'rustls::ClientConfig': ['transport'],
  'rustls::server': ['listener'],
  'rustls::ServerConfig': ['listener'],
  tokio_rustls: ['transport', 'listener'],
  'tokio_rustls::client': ['transport'],
  'tokio_rustls::TlsConnector': ['transport'],
  'tokio_rustls::server': ['listener'],
  'tokio_rustls::TlsAcceptor': ['listener'],
};

/** What a pure module may not name, and why. */
export const IMPURE = [
  [/\btokio\b/g, 'a pure module may not name tokio'],
  [/\b(Instant|SystemTime)::now\b|\.elapsed\(\)/g, 'a pure module is told the time'],
  [
    /\bfastrand::(?!Rng\b)\w+|\bRng::new\b|\bgetrandom\b/g,
    'a pure module is told what chance says',
  ],
  [/\bunsafe\b/g, 'a pure module has no unsafe code'],
];

/**
 * Where JavaScript may hold a timer: yielding between drains, code that never meets the core, and what ends the
 * process with everything in it.
 */
export const MAY_WAIT =
  /^lib\/(core\/(dispatcher|scheduling)\.js$|browser\/|react\/|cli\/|adapters\/(event-writer|shutdown)\.js$|testing\/exchange\.js$|wechat\/(clock|testing\/virtual-clock)\.js$)/;

/** What adapters and bots may load: what users may, and the verifier of tokens. Errors stand apart from the door, which loads the addon. */
export const PUBLIC =
  /^(\.\/[\w-]+\.m?js|\.\.\/\.\.\/(index\.m?js|package\.json)|\.\.\/core\/errors\.js|node:\w+|jose)$/;

/** The same for bots, which have packages of their own beside it. */
export const PUBLIC_TO_BOTS =
  /^(\.{1,2}\/[\w-]+\.m?js|(?:\.\.\/){2,3}index\.js|\.\.\/core\/errors\.js|node:\w+|fast-xml-parser|ws)$/;
