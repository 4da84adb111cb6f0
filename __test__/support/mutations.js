'use strict';

/**
 * Small changes of the tree, one for each piece of knowledge: which file, what stands there, what is put
 * in its place, and what the contract must then name. A file of the core is found by what it declares.
 *
 * @typedef {[file: string | [folder: string, declares: RegExp], from: string | RegExp, to: string,
 *   named: string]} Mutation
 */

const RECORD = ['src', /pub enum Kind \{\s*Event = 0/];
const NOTICE = ['src/stream', /pub enum Notice</];
const DECIDED = ['src/reconnect', /Self::NoContent => "/];
const STATE = ['src/stream', /pub enum State \{\s*Idle/];

/** @type {Record<string, Mutation[]>} */
const MUTATIONS = {
  packages: [
    ['Cargo.toml', /^version = ".*"/m, 'version = "99.0.0"', 'the version'],
    ['package.json', 'aarch64-apple-darwin', 'aarch64-unknown-linux-uclibc', 'linux-arm64-uclibc'],
    [
      'lib/core/addon-absence.js',
      "'linux-arm64-musl'",
      "'linux-arm64-uclibc'",
      'linux-arm64-uclibc',
    ],
    ['binding.js', "require('perennial-sse-darwin-x64')", 'undefined', 'darwin-x64'],
    ['binding.js', "require('./perennial-sse.win32-x64-msvc.node')", 'undefined', 'win32-x64-msvc'],
  ],
  exports: [['index.d.ts', 'export function encodeEvent(', 'export function encode(', 'encode']],
  errors: [
    ['index.d.ts', "| 'ERR_SSE_DNS'", "| 'ERR_SSE_NAME'", 'ERR_SSE_NAME'],
    ['src/error.rs', '"ERR_SSE_PROXY"', '"ERR_SSE_GATEWAY"', 'ERR_SSE_GATEWAY'],
    ['lib/core/errors.js', 'ERR_SSE_LOCKED: SSEStateError', 'ERR_SSE_LOCKED: SSEError', 'LOCKED'],
    ['docs/errors.md', '### `ERR_SSE_RESET`', '### `ERR_SSE_BROKEN`', 'ERR_SSE_BROKEN'],
    ['README.md', '| `ERR_SSE_POOL` (`SSEPoolError`)', '| `ERR_SSE_POOL` (`SSEError`)', 'POOL'],
    ['src/error.rs', '=> "idle"', '=> "silent"', 'silent'],
    ['index.d.ts', "| 'not-found'", "| 'missing'", 'missing'],
    [['src/llm', /enum Class \{/], '=> "quota"', '=> "credit"', 'credit'],
    [
      ['src/stream', /struct Report \{/],
      'provider_code: Option',
      'their_code: Option',
      'theirCode',
    ],
    ['lib/core/errors.js', "  'tail',\n", '', 'tail'],
    ['index.d.ts', '  retryAfter?: number;\n', '', 'retryAfter'],
  ],
  records: [
    [RECORD, 'Notice = 4', 'Notice = 3', 'NOTICE'],
    ['lib/core/batch.js', 'const COMMENT = 1;', 'const COMMENT = 2;', 'COMMENT'],
    ['lib/chat/delta.js', "5: 'content', 6: 'reasoning'", "5: 'reasoning', 6: 'content'", 'pieces'],
    [RECORD, 'HAS_ID: u32 = 1 << 9', 'HAS_ID: u32 = 1 << 11', 'HAS_ID'],
    ['lib/core/batch.js', 'HAS_RETRY = 1 << 10', 'HAS_RETRY = 1 << 12', 'HAS_RETRY'],
    [RECORD, /const DATA: u32 = \d+/, 'const DATA: u32 = 13', 'DATA_LENGTH'],
    [RECORD, 'TEN_BITS: u32 = 0x3ff', 'TEN_BITS: u32 = 0x1ff', 'DATA_BITS'],
    ['lib/core/batch.js', 'const INDEX = 18', 'const INDEX = 19', 'INDEX'],
    ['lib/core/batch.js', 'const MORE = 1 << 30', 'const MORE = 1 << 29', 'MORE'],
    ['docs/architecture.md', '8 name · 9 id', '9 name · 8 id', 'a batch'],
    ['docs/architecture.md', 'at most 64 KiB of text', 'at most 32 KiB of text', 'a batch'],
    ['src/node/stream.rs', '1 => Demand::Once', '1 => Demand::Flow', 'DEMAND'],
    ['lib/core/stream-handle.js', 'once: 1, flow: 2', 'once: 2, flow: 1', 'DEMAND'],
    ['lib/chat/answer-handle.js', 'records: 1, bytes: 2', 'records: 2, bytes: 1', 'FORM'],
  ],
  notices: [
    [NOTICE, 'Malformed {', 'Garbled {', 'garbled'],
    [NOTICE, 'recovery: bool', 'recovers: bool', 'retry.recovers'],
    ['lib/core/stream-handle.js', "case 'alarm'", "case 'bell'", 'bell'],
    [
      'lib/core/stream-handle.js',
      'const { status, headers, url } = notice',
      'const { status, headers, uri } = notice',
      'open.uri',
    ],
    [NOTICE, /\bask: Ask,/, 'what: Ask,', 'question.what'],
    ['lib/core/callbacks.js', "ask === 'retry'", "ask === 'again'", 'again'],
    ['lib/core/callbacks.js', "kind: 'threw'", "kind: 'failed'", 'failed'],
    [['src/chat', /"type": "start"/], '"type": "usage"', '"type": "tokens"', 'tokens'],
    ['index.d.ts', "{ type: 'reset'; attempt", "{ type: 'void'; attempt", 'void'],
    [STATE, 'pub duplicates: u64,\n    /// Body', 'pub dropped: u64,\n    /// Body', 'dropped'],
    ['index.d.ts', 'readonly billed:', 'readonly costs:', 'costs'],
    [['src/llm', /pub struct Usage \{/], 'pub cached: Option', 'pub reused: Option', 'reused'],
    [['src/pool', /struct KeyView \{/], 'pub cools_for', 'pub rests_for', 'restsFor'],
    [['src/pool', /pub struct Change \{/], 'pub reason: &', 'pub why: &', 'why'],
    [['src/pool', /impl Slot \{/], '=> "cooling"', '=> "resting"', 'resting'],
    [
      'index.d.ts',
      "'closed' | 'open' | 'half-open';\n  /** How",
      "'closed' | 'open' | 'half';\n  /** How",
      'half',
    ],
  ],
  states: [
    [DECIDED, '=> "no-content"', '=> "nothing"', 'nothing'],
    ['index.d.ts', "'no-content' | 'closed'", "'no-content' | 'left'", 'left'],
    ['README.md', '| `aborted` | the signal |', '| `signalled` | the signal |', 'signalled'],
    [STATE, '"draining"', '"emptying"', 'emptying'],
    ['docs/architecture.md', 'preparing ──→ connecting', 'preparing ──→ dialling', 'connecting'],
    ['index.d.ts', '`waiting (1000 ms)`', '`waits (1000 ms)`', 'waits'],
  ],
  options: [
    ['lib/options/settings.js', '  dedupe: {', '  unique: {', 'unique'],
    ['lib/options/connect.js', "'affinity']", "'caller']", 'caller'],
    ['lib/options/defaults.js', 'recoverAfter: null', 'restAfter: null', 'restAfter'],
    [
      'index.d.ts',
      '  /** Events. Defaults to `8192`. */\n  events?',
      '  /** Events. */\n  records?',
      'records',
    ],
    ['index.d.ts', '  idle?: number | null;', '  silent?: number | null;', 'silent'],
    ['index.d.ts', '  malformed?:', '  broken?:', 'broken'],
    ['lib/pool/options.js', "'priority', 'canary'", "'priority', 'share'", 'share'],
    ['README.md', '| `maxRedirects` |', '| `redirects` |', 'redirects'],
    [
      ['src/stream', /pub struct Options \{/],
      'max_redirects: u32',
      'most_redirects: u32',
      'maxRedirects',
    ],
    [['src/reconnect', /pub struct Backoff \{/], 'pub factor: f64', 'pub growth: f64', 'growth'],
  ],
  defaults: [
    ['lib/options/defaults.js', 'factor: 2,', 'factor: 3,', 'retry.factor'],
    ['lib/options/settings.js', 'usual: 64 * MIB', 'usual: 32 * MIB', 'maxEventSize'],
    ['index.d.ts', 'Defaults to `30000`. */', 'Defaults to `20000`. */', 'retry.maxDelay'],
    [
      'README.md',
      '| `retry.resetAfter` | `60000` |',
      '| `retry.resetAfter` | `50000` |',
      'resetAfter',
    ],
    ['README.md', '| `100`, `3600000` |', '| `100`, `360000` |', 'retryRange.max'],
    ['README.md', '| `mailbox.bytes` | 8 MiB |', '| `mailbox.bytes` | 4 MiB |', 'mailbox.bytes'],
    ['lib/options/defaults.js', '[408, 425, 429], unsafe', '[408, 429], unsafe', 'statuses'],
    ['lib/options/defaults.js', 'baseDelay: 3 * SECOND', 'baseDelay: 4 * SECOND', 'baseDelay'],
    [
      'lib/options/defaults.js',
      'maxDelay: 8 * SECOND',
      'maxDelay: 9 * SECOND',
      'ChatOptions.retry',
    ],
    ['lib/options/defaults.js', 'content: 64 * MIB', 'content: 63 * MIB', 'content'],
    [
      'docs/answers.md',
      '| 16 MiB | `limits.arguments`',
      '| 8 MiB | `limits.arguments`',
      'arguments',
    ],
    ['lib/pool/options.js', 'COOLDOWN = 5000', 'COOLDOWN = 6000', 'cooldown'],
    ['index.d.ts', 'Defaults to `0.5`', 'Defaults to `0.6`', 'BreakerOptions.failures'],
    ['lib/cli/flags.js', 'TLS together (10)', 'TLS together (20)', 'timeouts.connect'],
    ['lib/cli/chat-flags.js', 'whole answer (2)', 'whole answer (3)', 'retry.attempts'],
    ['docs/architecture.md', 'With 8,192 records', 'With 4,096 records', 'mailbox'],
    ['lib/server/outputs.js', 'HEARTBEAT = 15_000', 'HEARTBEAT = 25_000', 'heartbeat'],
  ],
  vocabulary: [
    ['lib/options/groups.js', "'decorrelated']", "'random']", 'random'],
    ['index.d.ts', '| { addRatio: number };', '| { more: number };', 'addRatio'],
    ['README.md', '`{ ratio }`, `{ add }`', '`{ share }`, `{ add }`', 'share'],
    ['lib/chat/providers.js', "zai: 'chat-completions'", "zai: 'anthropic'", 'zai'],
    [['src/llm', /pub enum Family \{/], '"xai" | ', '', 'xai'],
    [['src/chat', /pub enum Resume \{/], '    Server,\n}', '    Remote,\n}', 'remote'],
    ['docs/answers.md', "| `'restart'` |", "| `'again'` |", 'again'],
    ['lib/options/endpoint.js', "'kimi', 'vllm'", "'kimi', 'sglang'", 'sglang'],
    [['src/pool', /pub enum PrefillStyle \{/], '    Qwen,', '    Tongyi,', 'tongyi'],
    ['lib/options/connection.js', "'socks5h:'];", "'socks4:'];", 'socks4'],
    [['src/transport', /const SCHEMES: /], '"socks5h"];', '"socks6"];', 'socks6'],
    ['index.d.ts', '  rejectUnauthorized?: boolean', '  verify?: boolean', 'verify'],
  ],
  limits: [
    [
      ['src/llm', /const MAX_CHOICES/],
      'MAX_CHOICES: usize = 128',
      'MAX_CHOICES: usize = 64',
      'MAX_CHOICES',
    ],
    ['src/llm/failure.rs', 'more than 1024 parts', 'more than 512 parts', 'MAX_PARTS'],
    [['src', /const TOLD_OF/], 'TOLD_OF: u32 = 100', 'TOLD_OF: u32 = 10', 'TOLD_OF'],
    [STATE, 'FAILURES: usize = 16', 'FAILURES: usize = 8', 'FAILURES'],
    ['README.md', 'at most 64 streams', 'at most 100 streams', 'STREAMS'],
    ['lib/browser/decoder.js', 'MAX_COMMENT = 4 * 1024', 'MAX_COMMENT = 8 * 1024', 'MAX_COMMENT'],
    ['lib/pool/options.js', 'PLACES = 10_000', 'PLACES = 1000', 'PLACES'],
    ['lib/options/defaults.js', 'unsafe: 60 * SECOND', 'unsafe: 90 * SECOND', 'RETRY_AFTER'],
    ['lib/options/settings.js', 'most: 100 }', 'most: 50 }', 'maxRedirects'],
    [['src/llm', /const ROOM/], '16 << 20', '8 << 20', 'ROOM'],
    [['src/pool', /const COOLDOWN_MAX/], 'from_secs(60)', 'from_secs(90)', 'COOLDOWN_MAX'],
    ['src/node/runtime.rs', '.clamp(1, 64)', '.clamp(1, 32)', 'threads'],
  ],
  browser: [
    ['lib/browser/encode-event.js', 'CR, LF or NUL; remove', 'CR or LF; remove', 'encodeEvent'],
    ['lib/stream/decoder-classes.js', 'raise maxEventSize if', 'raise it if', 'a large event'],
    ['lib/stream/decoder-classes.js', 'MAX_EVENT_SIZE = 64', 'MAX_EVENT_SIZE = 32', 'maxEventSize'],
    [
      'lib/browser/index.js',
      '  chat,\n  connect,\n  createPool,\n  encodeEvent',
      '  chat,\n  connect,\n  encodeEvent',
      'createPool',
    ],
  ],
};

module.exports = { MUTATIONS };
