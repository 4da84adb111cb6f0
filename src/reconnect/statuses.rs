//! A set of HTTP statuses.
#![forbid(unsafe_code)]

use std::ops::RangeInclusive;

use serde::Deserialize;

/// A set of HTTP statuses: single ones and ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<u16>")]
pub struct Statuses {
    ranges: Vec<RangeInclusive<u16>>,
}

impl Statuses {
    /// The empty set.
    #[must_use]
    pub const fn none() -> Self {
        Self { ranges: Vec::new() }
    }

    /// What passes by itself: 408, 409, 425, 429, 500, 502, 503, 504.
    #[must_use]
    pub fn transient() -> Self {
        [408, 409, 425, 429, 500, 502, 503, 504].into_iter().collect()
    }

    /// What passes by itself and says that nothing was done: 408, 425, 429. Gateways answer 502 and 504,
    /// and some 500 and 503, after they have passed the request on.
    #[must_use]
    pub fn refusing() -> Self {
        [408, 425, 429].into_iter().collect()
    }

    /// The same set and a range, for example `500..=599`.
    #[must_use]
    pub fn with(mut self, range: RangeInclusive<u16>) -> Self {
        self.ranges.push(range);
        self
    }

    /// Whether the set holds `status`.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.ranges.iter().any(|range| range.contains(&status))
    }
}

impl FromIterator<u16> for Statuses {
    fn from_iter<I: IntoIterator<Item = u16>>(statuses: I) -> Self {
        Self { ranges: statuses.into_iter().map(|status| status..=status).collect() }
    }
}

impl From<Vec<u16>> for Statuses {
    fn from(statuses: Vec<u16>) -> Self {
        statuses.into_iter().collect()
    }
}
