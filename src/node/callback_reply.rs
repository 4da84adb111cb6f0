//! Reads what a caller's callback said.

use bytes::Bytes;
use serde::Deserialize;

use super::options::{header_map, invalid, parse_url};
use crate::stream::{CallbackReply, Parts};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply {
    Request { url: Option<String>, headers: Option<Vec<(String, String)>> },
    Retry { retry: Option<bool> },
    Complete { complete: bool },
    Threw {},
}

pub fn parse(json: &str, body: Option<Bytes>) -> napi::Result<CallbackReply> {
    let reply = serde_json::from_str(json).map_err(|error| invalid(&error))?;
    Ok(match reply {
        Reply::Request { url, headers } => CallbackReply::Request(Box::new(Parts {
            url: url.as_deref().map(parse_url).transpose()?,
            headers: headers.map(header_map).transpose()?,
            body,
        })),
        Reply::Retry { retry } => CallbackReply::Retry(retry),
        Reply::Complete { complete } => CallbackReply::Complete(complete),
        Reply::Threw {} => CallbackReply::Threw,
    })
}
