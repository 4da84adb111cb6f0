//! Text in pieces.

use napi_derive::napi;

use crate::text::{LEAST, split_utf8 as split};

/// A text in pieces of at most so many bytes of UTF-8, at least four.
#[cfg_attr(test, allow(dead_code, reason = "napi registers nothing in a test build"))]
#[napi(catch_unwind)]
pub fn split_utf8(text: String, bytes: f64) -> Vec<String> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    let limit = bytes as usize;
    split(&text, limit.max(LEAST))
}
