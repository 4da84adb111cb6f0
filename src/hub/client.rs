//! One connection.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use super::cohorts::CohortId;
use super::position::Place;
use super::step::Environment;

/// Where a client stands in one of its channels, and how many bytes the channel had had there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Behind this event.
    pub place: Place,
    /// Counted as the channel counts them.
    pub bytes: u64,
}

/// A place in each channel of a cohort, in its order.
pub type Marks = Arc<[Mark]>;

/// How far a client is.
#[derive(Clone, Debug)]
pub enum Stage {
    /// It has everything there is.
    Live,
    /// It is behind.
    Behind(Behind),
}

/// A client that has not got everything.
#[derive(Clone, Debug)]
pub struct Behind {
    /// Where it stands.
    pub marks: Marks,
    /// Among those that catch up.
    pub queued: bool,
    /// Its socket takes nothing since then.
    pub stalled: Option<Duration>,
    /// When the first event came that it has not got, if one did.
    pub missed: Option<Duration>,
    /// Bytes that were sent to it alone since its socket takes nothing.
    pub direct: usize,
    /// It was told that it lags.
    pub told: bool,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    /// Its public name.
    pub id: Arc<str>,
    /// Where it lives.
    pub environment: Environment,
    /// Whose it is.
    pub user: Option<Arc<str>>,
    /// Those that have the same channels.
    pub cohort: CohortId,
    /// How far it is.
    pub stage: Stage,
    /// When something was sent to it alone.
    pub sent: Duration,
    /// For how long it may hear nothing.
    pub heartbeat: Option<Duration>,
    /// When it is not admitted any more.
    pub expires: Option<Duration>,
    /// When its connection is as old as one may be.
    pub ages: Option<Duration>,
    /// When it is to be looked at again.
    pub due: Duration,
    /// Of where it stood when it came.
    pub came_with: u64,
    /// It was closed for its lag before, and came back as it had gone.
    pub struck: bool,
    /// What it is to wait before it comes back, in milliseconds.
    pub retry: u64,
    /// When it is told that the hub closes.
    pub leaves: Option<Duration>,
}

impl Client {
    /// Since when its socket takes nothing.
    pub const fn stalled(&self) -> Option<Duration> {
        match &self.stage {
            Stage::Live => None,
            Stage::Behind(behind) => behind.stalled,
        }
    }
}
