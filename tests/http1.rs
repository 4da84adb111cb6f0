//! Our reader of HTTP/1.1 against hyper's, over a socket in memory: bodies, and which connections may
//! carry another request.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "http1/cases.rs"]
mod cases;
#[path = "http1/transport.rs"]
mod transport;
