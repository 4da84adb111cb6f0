//! The HTTP transport, black-box, over real loopback sockets.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "transport/server.rs"]
mod server;

#[path = "transport/bombs.rs"]
mod bombs;
#[path = "transport/connecting.rs"]
mod connecting;
#[path = "transport/encodings.rs"]
mod encodings;
#[path = "transport/endings.rs"]
mod endings;
#[path = "transport/floods.rs"]
mod floods;
#[path = "transport/http2.rs"]
mod http2;
#[path = "transport/leaving.rs"]
mod leaving;
#[path = "transport/proxies.rs"]
mod proxies;
#[path = "transport/redirects.rs"]
mod redirects;
#[path = "transport/reuse.rs"]
mod reuse;
#[path = "transport/tls.rs"]
mod tls;
#[path = "transport/uploads.rs"]
mod uploads;
