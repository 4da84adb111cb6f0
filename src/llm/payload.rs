//! The data of an event, before any dialect.
#![forbid(unsafe_code)]

use std::borrow::Cow;

use serde::Deserialize;

use super::Failure;
use crate::protocol::Event;

/// What an event carries.
#[derive(Clone, Debug)]
pub(super) enum Payload<'a> {
    /// No data worth reading: none, or an event that only keeps the connection alive.
    Nothing,
    /// `[DONE]`.
    Done,
    /// The event is named `error`.
    Error(Cow<'a, str>),
    /// Everything else.
    Json(Cow<'a, str>),
}

impl<'a> Payload<'a> {
    /// The data as text, invalid UTF-8 replaced as everywhere.
    pub(super) fn of(event: &Event<'a>) -> Self {
        let data = event.data.trim_ascii();
        match (event.name, data) {
            (_, b"[DONE]") => Self::Done,
            (Some(b"error"), _) => Self::Error(decode(data)),
            (_, b"") | (Some(b"ping"), _) => Self::Nothing,
            _ => Self::Json(decode(data)),
        }
    }
}

/// Text nearly always is valid, and to check that first is several times as fast.
fn decode(data: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(data).map_or_else(|_| String::from_utf8_lossy(data), Cow::Borrowed)
}

/// Reads the one JSON object that `data` must be.
pub(super) fn parse<'a, T: Deserialize<'a>>(data: &'a str) -> Result<T, Failure> {
    // Otherwise a list would be taken for the fields of a struct, in order.
    if !data.starts_with('{') {
        return Err(Failure::malformed("its data is not a JSON object".to_owned()));
    }
    serde_json::from_str(data).map_err(|error| {
        // The sentence of the parser may quote the answer; its kind and place do not.
        let what = if error.is_data() { "unexpected" } else { "invalid" };
        Failure::malformed(format!(
            "{what} JSON at byte {} of line {} of its data",
            error.column(),
            error.line()
        ))
    })
}
