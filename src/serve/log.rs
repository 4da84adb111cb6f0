//! Where a relay, a hub or a store keeps what it keeps.

use crate::log::MemoryBounds;
use crate::redis::Address;

/// Where a log is, and how much it keeps.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// How much is kept; on Redis of each channel, and in this process of all that it follows.
    pub bounds: MemoryBounds,
    /// On Redis, if it is not in this process alone.
    pub redis: Option<RedisOptions>,
}

/// How Redis is used.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// Where it is.
    pub address: Address,
    /// Before all keys.
    pub prefix: String,
    /// Whether things go on in this process alone while it is away.
    pub local: bool,
    /// Channels into which plain messages of Pub/Sub go, of the same names.
    pub bridge: Vec<String>,
}

/// What an address is not, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress(pub String);
