//! What the server asked for in a response head: `Retry-After` and `retry-after-ms`.
#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime};

/// The wait that a response asks for, counted from `now`, the moment its head arrived.
///
/// `retry-after-ms` (milliseconds; a habit of LLM gateways) wins over `Retry-After` (RFC 9110
/// 10.2.3: seconds, here also with a fraction, or an HTTP date). A date that has passed gives zero,
/// a number too large the longest duration, anything malformed `None`.
#[must_use]
pub fn parse(
    retry_after: Option<&str>,
    retry_after_ms: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    retry_after_ms
        .and_then(|value| number(value).map(|millis| from_seconds(millis / 1000.0)))
        .or_else(|| retry_after.and_then(|value| seconds_or_date(value, now)))
}

fn seconds_or_date(value: &str, now: SystemTime) -> Option<Duration> {
    if let Some(seconds) = number(value) {
        return Some(from_seconds(seconds));
    }
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Digits with at most one point. Stricter than `f64`'s own grammar, which takes `inf` and `-0`.
fn number(value: &str) -> Option<f64> {
    let value = value.trim();
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { value.parse().ok() } else { None }
}

fn from_seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
