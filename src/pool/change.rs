//! What happened to a key or an endpoint.
#![forbid(unsafe_code)]

use std::collections::VecDeque;

use serde::Serialize;

/// How many changes wait to be taken; beyond it the oldest are lost. A caller that takes them at all does
/// so after each call, which makes a few.
const CHANGES_MAX: usize = 1024;

/// A key or the breaker of an endpoint went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The name of the endpoint.
    pub endpoint: String,
    /// The hash of the key. `None`: the breaker changed, or the endpoint wants no key and rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A key: `ok`, `cooling`, `dead`. A breaker: `closed`, `open`, `half-open`.
    pub from: &'static str,
    /// As `from`.
    pub to: &'static str,
    /// A key: `refused`, `rate-limited`, `rested`, `revived`. A breaker: `failures`, `rested`,
    /// `probe-succeeded`, `probe-failed`, `revived`.
    pub reason: &'static str,
}

/// A change of which it is known elsewhere what changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub from: &'static str,
    pub to: &'static str,
    pub reason: &'static str,
}

/// The changes that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Changes {
    waiting: VecDeque<Change>,
}

impl Changes {
    /// Notes what happened, if something did.
    pub(super) fn note(&mut self, endpoint: &str, key: Option<&str>, turn: Option<Turn>) {
        let Some(Turn { from, to, reason }) = turn else { return };
        if self.waiting.len() >= CHANGES_MAX {
            self.waiting.pop_front();
        }
        let (endpoint, key) = (endpoint.to_owned(), key.map(str::to_owned));
        self.waiting.push_back(Change { endpoint, key, from, to, reason });
    }

    pub(super) fn take(&mut self) -> Vec<Change> {
        self.waiting.drain(..).collect()
    }
}
