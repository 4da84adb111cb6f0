//! The encoder alone.

use napi_derive::napi;

use super::options::invalid;
use crate::protocol::{Outgoing, encode_event as encode};

/// One event as the text of an event stream.
#[cfg_attr(test, allow(dead_code, reason = "napi registers nothing in a test build"))]
#[napi(catch_unwind)]
pub fn encode_event(
    data: Option<String>,
    event: Option<String>,
    id: Option<String>,
    retry: Option<f64>,
    comment: Option<String>,
) -> napi::Result<String> {
    let mut bytes = Vec::new();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    let retry = retry.map(|retry| retry as u64);
    let outgoing = Outgoing {
        comment: comment.as_deref(),
        event: event.as_deref(),
        id: id.as_deref(),
        retry,
        data: data.as_deref(),
    };
    encode(&outgoing, &mut bytes).map_err(|error| invalid(&error))?;
    String::from_utf8(bytes).map_err(|error| invalid(&error))
}
