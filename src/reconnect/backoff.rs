//! How long to wait before an attempt, and how the waits of many clients are spread.
#![forbid(unsafe_code)]

use std::time::Duration;

use serde::Deserialize;

use super::millis;

/// Exponential backoff with jitter: plain numbers, asked for one delay at a time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Backoff {
    /// The delay before the first repetition, before jitter.
    #[serde(deserialize_with = "millis::duration")]
    pub base: Duration,
    /// By how much each further delay grows. Below 1, or not a number, it counts as 1.
    pub factor: f64,
    /// The least delay; wins over everything, so that `retry: 0` cannot make a hot loop.
    #[serde(deserialize_with = "millis::duration")]
    pub min: Duration,
    /// The greatest delay, unless the server's own time is longer. Below `min` it counts as `min`.
    #[serde(deserialize_with = "millis::duration")]
    pub max: Duration,
    /// How delays are spread.
    pub jitter: Jitter,
}

/// How a delay `d` is spread, so that clients that lost one server do not return in one instant.
///
/// Every shape keeps its spread at the cap: there it lies below the cap instead of collapsing on it.
/// Likewise at the floor, where it moves up.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "lowercase")]
pub enum Jitter {
    /// Exactly `d`.
    None,
    /// Uniform in `[0, d]`.
    Full,
    /// Uniform in `[d/2, d]`.
    Equal,
    /// Uniform in `[base, 3 × the previous delay]`; grows by chance, not by the factor.
    Decorrelated,
    /// Uniform in `[d × (1 − ratio), d × (1 + ratio)]`. The ratio is taken in `[0, 1]`.
    Ratio(f64),
    /// Uniform in `[d, d + extra]`: never earlier than `d` below the cap.
    Add(#[serde(deserialize_with = "millis::duration")] Duration),
    /// Uniform in `[d, d × (1 + ratio)]`: never earlier than `d` below the cap. The ratio is taken in
    /// `[0, 1]`.
    AddRatio(f64),
}

impl Backoff {
    /// The delay before repetition number `attempt` (1, 2, …), always in `[min, cap]`.
    ///
    /// `previous` is the last delay that this backoff gave, `server_base` the time from the
    /// stream's `retry:` field, which replaces `base` and may raise the [cap](Self::cap). `chance`
    /// is uniform in `[0, 1)`. No combination of values overflows or panics.
    #[must_use]
    pub fn delay(
        &self,
        attempt: u32,
        previous: Option<Duration>,
        server_base: Option<Duration>,
        chance: f64,
    ) -> Duration {
        let cap = self.cap(server_base);
        let (low, high) = self.range(attempt, previous, server_base, cap.as_secs_f64());
        let seconds = low + (high - low) * unit(chance);
        Duration::try_from_secs_f64(seconds).unwrap_or(cap).clamp(self.min, cap)
    }

    /// The greatest delay possible: `max`, or the server's own time when that is longer.
    ///
    /// With [`Jitter::Add`] and [`Jitter::AddRatio`] the extra comes on top of the server's time, because WHATWG HTML 9.2.3
    /// allows a client to wait longer than it was told, never shorter.
    #[must_use]
    pub fn cap(&self, server_base: Option<Duration>) -> Duration {
        let told = match self.jitter {
            Jitter::Add(extra) => server_base.map(|base| base.saturating_add(extra)),
            Jitter::AddRatio(ratio) => server_base.map(|base| longer(base, ratio)),
            _ => server_base,
        };
        self.max.max(told.unwrap_or_default()).max(self.min)
    }

    /// The bounds, in seconds, between which the delay is drawn.
    fn range(
        &self,
        attempt: u32,
        previous: Option<Duration>,
        server_base: Option<Duration>,
        cap: f64,
    ) -> (f64, f64) {
        let base = server_base.unwrap_or(self.base).as_secs_f64();
        let grown = self.grown(base, attempt);
        let (low, high) = match self.jitter {
            Jitter::None => (grown.min(cap), grown.min(cap)),
            Jitter::Full => (0.0, grown.min(cap)),
            Jitter::Equal => (grown.min(cap) / 2.0, grown.min(cap)),
            Jitter::Decorrelated => {
                let previous = previous.map_or(base, |delay| delay.as_secs_f64().max(base));
                let high = (previous * 3.0).min(cap);
                // Below the cap `base` is at most a third of `high`; at the cap it must stay so.
                (base.min(high / 3.0), high)
            }
            Jitter::Ratio(ratio) => {
                let ratio = unit(ratio);
                let centre = grown.min(cap / (1.0 + ratio));
                (centre * (1.0 - ratio), centre * (1.0 + ratio))
            }
            Jitter::Add(extra) => {
                let low = grown.min((cap - extra.as_secs_f64()).max(0.0));
                (low, (low + extra.as_secs_f64()).min(cap))
            }
            Jitter::AddRatio(ratio) => {
                let ratio = unit(ratio);
                // Divided and multiplied again, what the server said could come out a little less.
                let told = server_base.unwrap_or_default().as_secs_f64();
                let low = grown.min((cap / (1.0 + ratio)).max(told)).min(cap);
                (low, (low * (1.0 + ratio)).min(cap))
            }
        };
        raise(low, high, self.min.as_secs_f64(), cap)
    }

    /// `base × factor^(attempt − 1)`; infinite where that is too large for a number.
    fn grown(&self, base: f64, attempt: u32) -> f64 {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        // Zero times infinity is not a number.
        if base == 0.0 { 0.0 } else { base * self.factor.max(1.0).powi(exponent) }
    }
}

/// A time and this share of it.
fn longer(time: Duration, ratio: f64) -> Duration {
    let longer = Duration::try_from_secs_f64(time.as_secs_f64() * (1.0 + unit(ratio)));
    longer.unwrap_or(Duration::MAX).max(time)
}

/// Lifts a range above the floor, keeping as much of its width as fits between there and twice the
/// floor: cut off at the floor, short delays would lose the spread that long ones have.
fn raise(low: f64, high: f64, floor: f64, cap: f64) -> (f64, f64) {
    if low >= floor {
        return (low, high);
    }
    let room = (high - low).min(floor);
    (floor, high.max(floor + room).min(cap))
}

/// Brings any number into `[0, 1]`; what is not a number counts as 0.
pub(super) fn unit(value: f64) -> f64 {
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}
