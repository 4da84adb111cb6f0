'use strict';

const assert = require('node:assert/strict');
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const test = require('node:test');
const { runChild } = require('./support/child.js');

const script = join(__dirname, '..', 'scripts', 'walls.mjs');

/** A file of a pure module with this code. */
const pure = (code) => `#![forbid(unsafe_code)]\n${code}\n`;

/** Path, text, and why it breaks a wall. */
const PLANTED = [
  // Which module may use which.
  ['src/protocol/a.rs', pure('use crate::llm::Delta;'), 'protocol may not use llm'],
  ['src/reconnect/a.rs', pure('use crate::stream::Ending;'), 'reconnect may not use stream'],
  ['src/pool/a.rs', pure('use crate::reconnect::Policy;'), 'pool may not use reconnect'],
  ['src/llm/a.rs', pure('use crate::chat::Plan;'), 'llm may not use chat'],
  ['src/record/a.rs', pure('use crate::delivery::Mailbox;'), 'record may not use delivery'],
  ['src/delivery/a.rs', pure('use crate::protocol::Event;'), 'delivery may not use protocol'],
  ['src/transport/a.rs', 'use crate::stream::Engine;', 'transport may not use stream'],
  ['src/stream/a.rs', 'use crate::chat::Answer;', 'stream may not use chat'],
  ['src/chat/a.rs', 'use crate::relay::Run;', 'chat may not use relay'],
  ['src/log/a.rs', pure('use crate::redis::Connection;'), 'log may not use redis'],
  ['src/hub/a.rs', pure('use crate::serve::Tail;'), 'hub may not use serve'],
  ['src/relay/a.rs', pure('use crate::hub::Client;'), 'relay may not use hub'],
  ['src/redis/a.rs', 'use crate::hub::Hub;', 'redis may not use hub'],
  ['src/serve/a.rs', 'use crate::listener::Listener;', 'serve may not use listener'],
  ['src/listener/a.rs', 'use crate::hub::Hub;', 'listener may not use hub'],
  ['src/error.rs', 'use crate::transport::Failure;', 'error may not use transport'],
  ['src/chat/b.rs', 'fn it() { crate::node::run() }', 'chat may not use node'],
  [
    'src/gossip/a.rs',
    'fn it() {}',
    'the walls do not know a module gossip: give it a place in scripts/walls/rules.mjs',
  ],
  // However it is written.
  ['src/hub/b.rs', pure('use crate::{log::{Log, Page}, serve::Tail};'), 'hub may not use serve'],
  [
    'src/hub/c.rs',
    pure('use crate::{\n    log,\n    relay as other,\n};'),
    'hub may not use relay',
  ],
  ['src/hub/mod.rs', 'use super::serve::Tail;', 'hub may not use serve'],
  [
    'src/hub/d.rs',
    pure('use super::super::serve::Tail;'),
    'a path of the crate begins with crate, not with super::super',
  ],
  // Crates that have an owner.
  ['src/stream/b.rs', 'use napi::Env;', 'only node may name napi'],
  ['src/serve/b.rs', 'use napi_derive::napi;', 'only node may name napi_derive'],
  ['src/serve/c.rs', 'use redis::Client;', 'only redis may name redis'],
  ['src/log/b.rs', pure('fn it(at: ::redis::Client) {}'), 'only redis may name redis'],
  ['src/node/a.rs', 'extern crate redis;', 'only redis may name redis'],
  ['src/chat/c.rs', 'use reqwest::Client;', 'only transport may name reqwest'],
  ['src/stream/c.rs', 'use httparse::Response;', 'only transport and listener may name httparse'],
  ['src/stream/d.rs', 'use h2::Reason;', 'only transport may name h2'],
  ['src/serve/d.rs', 'use hyper::body::Incoming;', 'only transport and listener may name hyper'],
  [
    'src/serve/e.rs',
    'fn it(io: hyper_util::rt::TokioIo) {}',
    'only transport and listener may name hyper_util',
  ],
  ['src/serve/f.rs', 'use rustls::Error;', 'only transport and listener may name rustls'],
  [
    'src/serve/g.rs',
    'use tokio_rustls::TlsStream;',
    'only transport and listener may name tokio_rustls',
  ],
  ['src/transport/b.rs', 'use hyper::server::conn::http1;', 'only listener may name hyper::server'],
  [
    'src/transport/c.rs',
    'use hyper_util::{rt::TokioIo, server::conn::auto};',
    'only listener may name hyper_util::server',
  ],
  [
    'src/transport/d.rs',
    'use rustls::{Error, ServerConfig};',
    'only listener may name rustls::ServerConfig',
  ],
  ['src/transport/e.rs', 'use rustls::server::Acceptor;', 'only listener may name rustls::server'],
  [
    'src/transport/f.rs',
    'use tokio_rustls::TlsAcceptor;',
    'only listener may name tokio_rustls::TlsAcceptor',
  ],
  [
    'src/transport/g.rs',
    'fn it(stream: tokio_rustls::server::TlsStream) {}',
    'only listener may name tokio_rustls::server',
  ],
  ['src/listener/b.rs', 'use hyper::client::conn::http2;', 'only transport may name hyper::client'],
  [
    'src/listener/c.rs',
    'use hyper_util::client::legacy::Client;',
    'only transport may name hyper_util::client',
  ],
  [
    'src/listener/d.rs',
    'use rustls::ClientConfig;',
    'only transport may name rustls::ClientConfig',
  ],
  ['src/listener/e.rs', 'use rustls::client::danger;', 'only transport may name rustls::client'],
  [
    'src/listener/f.rs',
    'use tokio_rustls::TlsConnector;',
    'only transport may name tokio_rustls::TlsConnector',
  ],
  [
    'src/listener/g.rs',
    'use tokio_rustls::client::TlsStream;',
    'only transport may name tokio_rustls::client',
  ],
  ['src/listener/h.rs', 'use reqwest::Client;', 'only transport may name reqwest'],
  // What runs anywhere, and twice alike.
  ...['protocol', 'reconnect', 'pool', 'llm', 'record', 'delivery', 'log', 'hub', 'relay'].flatMap(
    (module) => [
      [`src/${module}/tokio.rs`, pure('use tokio::task;'), 'a pure module may not name tokio'],
      [
        `src/${module}/unsafe.rs`,
        'fn it() {}',
        'a pure module must begin with #![forbid(unsafe_code)]',
      ],
    ],
  ),
  ['src/log/now.rs', pure('fn it() { Instant::now(); }'), 'a pure module is told the time'],
  [
    'src/log/age.rs',
    pure('fn it(since: Instant) { since.elapsed(); }'),
    'a pure module is told the time',
  ],
  [
    'src/hub/spread.rs',
    pure('fn it() { fastrand::u64(..); }'),
    'a pure module is told what chance says',
  ],
  ['src/relay/mod.rs', 'fn it() { unsafe { go() } }', 'a pure module has no unsafe code'],
  // JavaScript, and everywhere.
  ['lib/hub.js', 'setTimeout(beat, 15_000);', 'a timer in lib/: setTimeout belongs in the core'],
  [
    'lib/adapters/hub.js',
    "const { Run } = require('../server/run.js');",
    'an adapter uses the public API only, not ../server/run.js',
  ],
  [
    'lib/wechat/bot.js',
    "const { Run } = require('../server/run.js');",
    'a bot uses the public API only, not ../server/run.js',
  ],
  [
    'lib/wechat/robot.js',
    'setTimeout(beat, 1);',
    'a timer in lib/: setTimeout belongs in the core',
  ],
  [
    'lib/adapters/hub.mjs',
    "import { dispatcher } from '../core/dispatcher.js';",
    'an adapter uses the public API only, not ../core/dispatcher.js',
  ],
  [
    'lib/adapters/a.js',
    'setTimeout(beat, 15_000);',
    'a timer in lib/: setTimeout belongs in the core',
  ],
  [
    'docs/hub.md',
    `It lies in ${['', 'home', 'me'].join('/')}.`,
    `a trace of one machine or registry: ${['', 'home', 'm'].join('/')}`,
  ],
].map(([path, text, why]) => ({ path, text, why }));

test('each wall names what breaks it, and its line', async () => {
  const { violationsIn } = await import('../scripts/walls/violations.mjs');
  for (const { path, text, why } of PLANTED) {
    const broken = violationsIn(path, text);
    assert.ok(
      broken.some((one) => one.why === why && one.path === path),
      `${path}: ${why}, not ${JSON.stringify(broken)}`,
    );
    const others = broken.filter((one) => one.why !== why);
    // Whatever names a part of a crate names the crate.
    assert.deepEqual(others, [], path);
  }
  const text =
    '#![forbid(unsafe_code)]\n\nuse crate::{\n    log::Log,\n};\nfn it() {\n    crate::serve::go();\n}\n';
  assert.deepEqual(violationsIn('src/hub/a.rs', text), [
    { path: 'src/hub/a.rs', line: 7, why: 'hub may not use serve' },
  ]);
});

test('no wall is in the way of what it lets through', async () => {
  const { violationsIn } = await import('../scripts/walls/violations.mjs');
  for (const [path, text] of [
    ['src/listener/a.rs', 'use crate::serve::{self, Tail};\nuse crate::error::Error;'],
    ['src/listener/b.rs', 'use hyper::server::conn::http2;\nuse tokio_rustls::TlsAcceptor;'],
    ['src/transport/a.rs', 'use hyper::client::conn::http2;\nuse rustls::ClientConfig;'],
    ['src/redis/a.rs', 'use redis::Client;\nuse crate::log::Log;'],
    ['src/serve/a.rs', 'use crate::redis;\nfn it() { redis::open(); crate::redis::close(); }'],
    ['src/serve/b.rs', 'use crate::{hub::{Hub, Seen}, log, relay, stream::Engine};'],
    ['src/node/a.rs', 'use napi::Env;\nuse crate::{hub, listener, redis, serve};'],
    ['src/node/b.rs', 'mod redis;\nfn it() { redis::open(); }'],
    [
      'src/hub/a.rs',
      pure('// tokio::spawn, crate::serve, Instant::now\nuse super::client::Client;'),
    ],
    ['src/hub/b.rs', pure(`fn it(c: char) { c == '"' || go("crate::serve") }`)],
    ['src/hub/mod.rs', 'mod client;\npub use self::client::Client;'],
    ['src/llm/a.rs', pure('use fastrand::Rng;\nfn it() { Rng::with_seed(7); }')],
    ['lib/cli/main.js', 'setTimeout(stop, 1000);'],
    ['lib/adapters/shutdown.js', 'setTimeout(exit, 5000);'],
    [
      'lib/adapters/a.js',
      "// require('../server/run.js')\nrequire('../../index.js');\nrequire('./b.js');\nrequire('../core/errors.js');",
    ],
  ]) {
    assert.deepEqual(violationsIn(path, text), [], path);
  }
});

test('the walls of this tree stand', async () => {
  const { code, stdout, stderr } = await runChild(script);
  assert.equal(stderr, '');
  assert.equal(stdout, 'walls: all stand\n');
  assert.equal(code, 0);
});

test('a tree in which something is planted fails, and each is told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-walls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const { path, text } of PLANTED) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { code, stdout, stderr } = await runChild(script, { args: [folder] });
  assert.equal(code, 1);
  assert.equal(stdout, `walls: ${PLANTED.length} broken\n`);
  for (const { path, why } of PLANTED) {
    const told = stderr.split('\n').some((line) => line.startsWith(path) && line.endsWith(why));
    assert.ok(told, `${path}: ${why}, not in\n${stderr}`);
  }
});
