//! What a listener is made with.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::certificate::Certificate;
use super::cors::Cors;
use super::path::Pattern;

/// What is served on an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The events of the hub.
    Events,
    /// What operators look at.
    Metrics,
}

/// Where connections are waited for.
#[derive(Debug)]
pub enum Address {
    /// A host, which may be a name, and a port; 0 for any that is free.
    Port(String, u16),
    /// A socket in the file system.
    Path(PathBuf),
    /// A socket that listens already.
    Inherited(std::net::TcpListener),
}

/// As `lib/options/listen.js` makes them.
#[derive(Debug)]
pub struct Options {
    /// Which listener it is, for who hears of its clients.
    pub number: u32,
    /// Which paths have events.
    pub paths: Vec<Pattern>,
    /// Whether the application says who becomes a client.
    pub authorizes: bool,
    /// Whether it is asked about channels in the position of one who comes back.
    pub admits: bool,
    /// Which pages of other origins may read.
    pub cors: Option<Cors>,
    /// With which certificate it speaks TLS, if it does.
    pub certificate: Option<Arc<Certificate>>,
    /// How long a head may be, in bytes.
    pub max_header_size: usize,
    /// For how long it may be on its way.
    pub headers_timeout: Duration,
    /// How many connections one address may have; `None` for any number.
    pub max_connections_per_address: Option<usize>,
    /// How long the last bytes of a client have to leave.
    pub patience: Duration,
    /// Between these who is not admitted is to wait, in milliseconds.
    pub retry_delay: (u64, u64),
}
