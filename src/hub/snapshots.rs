//! Positions that are too long for a header: they tell how far they are from a snapshot that is kept.
#![forbid(unsafe_code)]

use std::hash::BuildHasher;
use std::time::Duration;

use super::client::{Mark, Marks};
use super::cohorts::CohortId;
use super::hub::Hub;
use super::position::{self, LONGEST};
use super::step::{Effect, Effects};
use crate::log::Generation;

/// A position that is kept, for clients of one cohort.
#[derive(Debug)]
pub struct Snapshot {
    key: Generation,
    base: Marks,
    kept: Duration,
}

impl Hub {
    /// Writes the line that says where a reader of what follows stands behind it.
    pub(super) fn write_id(
        &mut self,
        id: CohortId,
        marks: &[Mark],
        out: &mut Vec<u8>,
        (now, effects): (Duration, &mut Effects),
    ) {
        out.extend_from_slice(b"id: ");
        let Some(cohort) = self.cohorts.get(id) else { return };
        if !cohort.is_long {
            position::write(self.places(id, marks), out);
        } else if !self.write_near(id, marks, now, out) {
            self.keep(id, marks, now, effects);
            self.write_near(id, marks, now, out);
        }
        out.push(b'\n');
    }

    /// Whether there is a snapshot that is near enough, and young enough to be there when it is asked for.
    fn write_near(&self, id: CohortId, marks: &[Mark], now: Duration, out: &mut Vec<u8>) -> bool {
        let snapshot = self.cohorts.get(id).and_then(|cohort| cohort.snapshot.as_ref());
        snapshot.is_some_and(|Snapshot { key, base, kept }| {
            let places =
                |marks: &'_ [Mark]| marks.iter().map(|mark| mark.place).collect::<Vec<_>>();
            let (base, marks) = (places(base).into_iter(), places(marks).into_iter());
            now < *kept + self.policy.keep && position::write_relative(*key, base, marks, out)
        })
    }

    fn keep(&mut self, id: CohortId, marks: &[Mark], now: Duration, effects: &mut Effects) {
        self.snapshots += 1;
        let key = Generation::new(self.hasher.hash_one(self.snapshots));
        let mut text = Vec::new();
        position::write(self.places(id, marks), &mut text);
        effects.push(Effect::Keep(key, String::from_utf8(text).unwrap_or_default()));
        if let Some(cohort) = self.cohorts.get_mut(id) {
            cohort.snapshot = Some(Snapshot { key, base: marks.into(), kept: now });
        }
    }
}

/// Whether the text of a position in these channels may become too long.
pub fn is_long(channels: &[std::sync::Arc<str>]) -> bool {
    // A length of up to two bytes, six of an epoch, and up to ten of an offset.
    let bytes: usize = channels.iter().map(|name| name.len() + 18).sum();
    (bytes + 1).div_ceil(3) * 4 > LONGEST
}
