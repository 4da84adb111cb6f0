//! Options: the JSON of `lib/options/connect.js`, read and completed.

use std::fmt::Display;

use bytes::Bytes;
use http::HeaderMap;
use napi::Status;
use url::Url;

use crate::stream::{self, Options};

/// The largest event when the caller disabled the limit: V8 has no longer strings.
const LONGEST_STRING: usize = (1 << 29) - 24;

/// Reads the options of a stream. JavaScript has validated them already, with better words.
pub fn parse(json: &str, body: Option<Bytes>) -> napi::Result<Options> {
    let mut options: Options = serde_json::from_str(json).map_err(|error| unreadable(&error))?;
    options.tls.check().map_err(|error| invalid(&error))?;
    let most = options.max_event_size.unwrap_or(LONGEST_STRING);
    options.max_event_size = Some(most.min(LONGEST_STRING));
    options.body = body;
    Ok(options)
}

/// What is wrong with the JSON, without where in it: users have never seen it.
fn unreadable(error: &serde_json::Error) -> napi::Error {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    invalid(&text.strip_suffix(&place).unwrap_or(&text))
}

/// Reads a URL that JavaScript has serialised.
pub fn parse_url(url: &str) -> napi::Result<Url> {
    url.parse().map_err(|error| invalid(&error))
}

/// Header pairs; text that is not ASCII is sent as UTF-8.
pub fn header_map(pairs: Vec<(String, String)>) -> napi::Result<HeaderMap> {
    stream::header_map(pairs).map_err(|error| invalid(&error))
}

pub fn invalid(error: &dyn Display) -> napi::Error {
    napi::Error::new(Status::InvalidArg, error.to_string())
}
