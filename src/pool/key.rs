//! A secret, and the name under which it may be shown.
#![forbid(unsafe_code)]

use std::fmt;

use serde::Deserialize;

/// A secret, and the name under which it may be shown.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct Key {
    /// Its hash, short: all that logs, views and changes ever hold of it. Tells the keys of an
    /// endpoint apart.
    pub hash: String,
    /// The key itself.
    pub secret: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("hash", &self.hash).finish_non_exhaustive()
    }
}
