//! What a stream says about itself, in the JSON that JavaScript reads.

use http::HeaderMap;
use serde::Serialize;

use super::report::Report;

/// A lifecycle notice, as `lib/core/stream-handle.js` reads it. Times are milliseconds.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Notice<'a> {
    /// A response was accepted as a stream.
    Open { status: u16, headers: Vec<(&'a str, String)>, url: &'a str },
    /// An attempt starts.
    Attempt { attempt: u64, last_event_id: &'a str },
    /// The next attempt starts after `delay` milliseconds.
    Retry {
        attempt: u32,
        max_attempts: Option<u32>,
        delay: u64,
        recovery: bool,
        error: Option<Box<Report>>,
    },
    /// An event was not what it should be; it ended the attempt or was passed over.
    Malformed { error: Box<Report> },
    /// The stream is over; `reason` is `error` when it failed.
    Close { reason: &'static str, error: Option<Box<Report>> },
    /// A callback is to answer.
    Question {
        number: u32,
        ask: Ask,
        attempt: u64,
        last_event_id: &'a str,
        error: Option<Box<Report>>,
        retry: bool,
    },
    /// The time asked for with `alarm` has passed.
    Alarm { number: u32 },
}

/// Which callback is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// The URL, headers and body of an attempt.
    Request,
    /// Whether to retry.
    Retry,
    /// Whether the events so far complete the stream.
    Complete,
}

impl Notice<'_> {
    /// The notice as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings and numbers only: serialising cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Headers as pairs of strings; values that are not UTF-8 are read as Latin-1, as Node does.
pub fn pairs(headers: &HeaderMap) -> Vec<(&str, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let text = value.to_str().map_or_else(
                |_| value.as_bytes().iter().copied().map(char::from).collect(),
                str::to_owned,
            );
            (name.as_str(), text)
        })
        .collect()
}
