//! A question to the pool and its answer.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::{Assignment, Endpoint};

/// A question to the pool: whom to ask next.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Where the caller stands among ten thousand, so that it is on the same side of a canary each
    /// time; `None` leaves it to chance. Taken modulo 10,000.
    pub affinity: Option<u16>,
    /// What was tried for the same answer.
    pub tried: &'a [Tried],
    /// Whether an endpoint can serve the request at all.
    pub fits: &'a dyn Fn(&Endpoint) -> bool,
}

/// Something that was tried in vain for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    pub(super) member: u64,
    pub(super) slot: u64,
    pub(super) whole: bool,
}

impl Tried {
    /// The key of this assignment failed. The endpoint's others are as good as before.
    #[must_use]
    pub fn key(assignment: &Assignment) -> Self {
        Self { member: assignment.member, slot: assignment.slot, whole: false }
    }

    /// The endpoint of this assignment failed, whatever the key.
    #[must_use]
    pub fn endpoint(assignment: &Assignment) -> Self {
        Self { whole: true, ..Self::key(assignment) }
    }

    /// Whether an assignment is for what failed.
    #[must_use]
    pub const fn covers(&self, assignment: &Assignment) -> bool {
        self.member == assignment.member && (self.whole || self.slot == assignment.slot)
    }
}

/// Whom to ask.
#[derive(Clone, Debug)]
pub enum Pick {
    /// This one, now.
    Go(Assignment),
    /// None yet: every key that could serve is cooling, the first for so long.
    Wait(Duration),
    /// None.
    Nothing(Nothing),
}

/// Why no endpoint can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// The pool has no endpoints.
    Empty,
    /// None of its endpoints fits.
    Unfit,
    /// No endpoint that fits has a key that lives.
    Dead {
        /// How many keys they have, all dead; 0 where all were removed.
        keys: usize,
    },
}
