//! When each client is to be looked at again.
#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::step::ClientNumber;

/// Times at which clients are to be looked at. An entry holds only while the client says the same time itself, so
/// that one who is due earlier need not be searched.
#[derive(Debug, Default)]
pub struct Due(BinaryHeap<Reverse<(Duration, ClientNumber)>>);

impl Due {
    /// A client is to be looked at.
    pub fn add(&mut self, at: Duration, client: ClientNumber) {
        self.0.push(Reverse((at, client)));
    }

    /// The next whose time has come, and the time that was said.
    pub fn pop(&mut self, now: Duration) -> Option<(Duration, ClientNumber)> {
        let Reverse((at, _)) = self.0.peek()?;
        if *at > now {
            return None;
        }
        self.0.pop().map(|Reverse(entry)| entry)
    }

    /// When the next is.
    pub fn next(&self) -> Option<Duration> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }
}
