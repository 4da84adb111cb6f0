//! Permission for one request, and what became of it.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use super::{Endpoint, Key};

/// Permission for one request. Plain data: it stays usable when the endpoint or the key leaves the
/// pool, only then what is reported of it counts for none.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Where to send the request.
    pub endpoint: Arc<Endpoint>,
    /// The key to send with it; `None` if the endpoint wants none.
    pub key: Option<Arc<Key>>,
    pub(super) id: u64,
    pub(super) member: u64,
    pub(super) slot: u64,
}

/// What became of a request, as far as its key and endpoint are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was served.
    Success,
    /// The key was refused for good. Without a key the endpoint is to blame.
    KeyDead,
    /// The key, or where there is none the endpoint, asks for a rest: for as long as it told, else
    /// as the [`Rules`](super::Rules) say. Zero tells nothing: it may be a date by a wrong clock.
    KeyCooling(Option<Duration>),
    /// The endpoint failed.
    EndpointFailed,
    /// Nothing that either is to blame for: the caller left, or sent a request that cannot be
    /// served. Counts nowhere.
    Neutral,
}
