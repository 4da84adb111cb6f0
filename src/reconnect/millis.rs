//! Durations as JavaScript sends them: milliseconds.
#![forbid(unsafe_code)]

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// As many milliseconds; the longest duration if there are more than fit.
#[must_use]
pub fn from(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX)
}

/// For `deserialize_with`.
///
/// # Errors
///
/// If it is no number.
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    f64::deserialize(deserializer).map(from)
}

/// The same, or null.
///
/// # Errors
///
/// If it is neither.
pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.map(from))
}
