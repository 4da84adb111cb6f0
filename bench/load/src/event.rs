//! Events as the hubs of the benchmark send them.

use crate::Outcome;

/// The data of an event: a number in [`NUMBER`] digits, a space, when it was sent in [`SENT`] digits, a
/// space, and filler up to the bytes that are expected.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Counts from 1.
    pub number: u64,
    /// The monotonic clock in nanoseconds.
    pub sent: u64,
    /// FNV-1a over all of the data, if it was asked for.
    pub hash: u32,
}

const NUMBER: usize = 8;
const SENT: usize = 20;

const BASIS: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

impl Event {
    /// Reads what follows `data:`. A hub that writes JSON puts quotes around it.
    pub fn read(value: &[u8], bytes: usize, hashed: bool) -> Outcome<Self> {
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        let value = quoted.unwrap_or(value);
        if value.len() != bytes {
            return Err(format!("an event has {} bytes and not {bytes}", value.len()));
        }
        let number = digits(value, 0, NUMBER);
        let sent = digits(value, NUMBER + 1, SENT);
        let (Some(number), Some(sent)) = (number, sent) else {
            return Err(format!("unexpected data: {}", String::from_utf8_lossy(value)));
        };
        let hash = if hashed { hash(value) } else { 0 };
        Ok(Self { number, sent, hash })
    }
}

fn digits(value: &[u8], from: usize, count: usize) -> Option<u64> {
    let digits = value.get(from..from + count)?;
    digits.iter().try_fold(0, |number: u64, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

fn hash(value: &[u8]) -> u32 {
    value.iter().fold(BASIS, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(PRIME))
}
