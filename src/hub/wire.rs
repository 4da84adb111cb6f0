//! What is written besides the frames of a channel.
#![forbid(unsafe_code)]

use std::time::Duration;

use serde_json::Value;

use super::policy::Names;
use super::step::Gap;

/// What keeps proxies and clients waiting.
pub const HEARTBEAT: &[u8] = b":\n\n";

/// So many bytes without a place wait for a client whose socket takes nothing.
pub const MOST_DIRECT: usize = 64 * 1024;

/// The first that a client is told, behind when to come back: its name, and where it stands.
pub fn greeting(names: &Names, id: &str, out: &mut Vec<u8>) {
    // Of characters that mean nothing in JSON.
    let data = format!(r#"{{"clientId":"{id}"}}"#);
    out.extend_from_slice(format!("event: {}\ndata: {data}\n\n", names.connected).as_bytes());
}

/// That something is missing.
pub fn gap(names: &Names, gap: &Gap, out: &mut Vec<u8>) {
    let data = gap_json(gap);
    out.extend_from_slice(format!("event: {}\ndata: {data}\n\n", names.gap).as_bytes());
}

/// The same as JSON.
#[must_use]
pub fn gap_json(Gap { channel, from, to, reason }: &Gap) -> String {
    let channel = Value::from(&**channel);
    format!(r#"{{"channel":{channel},"from":{from},"reason":"{reason}","to":{to}}}"#)
}

/// When to come back.
pub fn retry(millis: u64) -> Vec<u8> {
    format!("retry: {millis}\n\n").into_bytes()
}

/// The last that a client is told when the hub closes.
pub fn shutdown(names: &Names, millis: u64) -> Vec<u8> {
    let data = format!(r#"{{"retry":{millis}}}"#);
    format!("retry: {millis}\nevent: {}\ndata: {data}\n\n", names.shutdown).into_bytes()
}

/// A number between two, as `chance` says.
pub fn spread((low, high): (u64, u64), chance: u64) -> u64 {
    low + mixed(chance) % (high - low + 1)
}

/// As long, give or take a tenth: clients that began together need not all be written to at once.
pub fn jittered(duration: Duration, chance: u64) -> Duration {
    duration.mul_f64(0.9 + 0.2 * fraction(chance))
}

/// As long, or up to a tenth shorter.
pub fn shortened(duration: Duration, chance: u64) -> Duration {
    duration.mul_f64(0.1f64.mul_add(-fraction(chance), 1.0))
}

/// Between 0 and 1, as `chance` says.
pub fn fraction(chance: u64) -> f64 {
    f64::from(u16::try_from(mixed(chance) >> 48).unwrap_or_default()) / f64::from(u16::MAX)
}

/// Neighbours become strangers: splitmix64.
pub const fn mixed(chance: u64) -> u64 {
    let mut bits = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
