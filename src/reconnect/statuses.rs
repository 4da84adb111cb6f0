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
