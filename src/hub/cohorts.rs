//! Clients that have the same channels.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::snapshots::{self, Snapshot};
use super::step::{ClientNumber, Environment};

/// Names a cohort.
pub type CohortId = u32;

/// The channels of a cohort, sorted.
pub type ChannelSet = Arc<[Arc<str>]>;

/// Clients of one environment that have the same channels. Those that have everything stand at the same place:
/// one payload serves them all.
#[derive(Debug)]
pub struct Cohort {
    /// Where they live.
    pub environment: Environment,
    /// Their channels.
    pub channels: ChannelSet,
    /// Those that have everything. Shared with deliveries that are on their way.
    pub live: Arc<Vec<ClientNumber>>,
    /// Where each of them is in `live`.
    seats: HashMap<ClientNumber, usize>,
    /// All of them, also those that are behind.
    pub members: usize,
    /// When something was sent to all that are live.
    pub sent: Duration,
    /// Whether the text of a position in these channels may become too long.
    pub is_long: bool,
    /// To which it then is relative.
    pub snapshot: Option<Snapshot>,
}

impl Cohort {
    /// A client has everything now.
    pub fn add_live(&mut self, number: ClientNumber) {
        let live = Arc::make_mut(&mut self.live);
        self.seats.insert(number, live.len());
        live.push(number);
    }

    /// A client is behind now, or goes.
    pub fn remove_live(&mut self, number: ClientNumber) {
        let Some(seat) = self.seats.remove(&number) else { return };
        let live = Arc::make_mut(&mut self.live);
        live.swap_remove(seat);
        if let Some(moved) = live.get(seat) {
            self.seats.insert(*moved, seat);
        }
    }

    /// All that have everything; they have not any more.
    pub fn take_live(&mut self) -> Arc<Vec<ClientNumber>> {
        self.seats.clear();
        std::mem::take(&mut self.live)
    }
}

/// All cohorts.
#[derive(Debug, Default)]
pub struct Cohorts {
    by_channels: HashMap<(Environment, ChannelSet), CohortId>,
    all: HashMap<CohortId, Cohort>,
    next: CohortId,
}

impl Cohorts {
    /// The cohort with these channels, sorted; and whether it is new.
    pub fn enter(&mut self, environment: Environment, channels: ChannelSet) -> (CohortId, bool) {
        let key = (environment, channels);
        if let Some(id) = self.by_channels.get(&key) {
            if let Some(cohort) = self.all.get_mut(id) {
                cohort.members += 1;
            }
            return (*id, false);
        }
        self.next = self.next.wrapping_add(1);
        let id = self.next;
        let cohort = Cohort {
            environment,
            channels: Arc::clone(&key.1),
            live: Arc::default(),
            seats: HashMap::new(),
            members: 1,
            sent: Duration::ZERO,
            is_long: snapshots::is_long(&key.1),
            snapshot: None,
        };
        self.all.insert(id, cohort);
        self.by_channels.insert(key, id);
        (id, true)
    }

    /// A client goes; the channels of a cohort that has none any more.
    pub fn leave(&mut self, id: CohortId, number: ClientNumber) -> Option<ChannelSet> {
        let cohort = self.all.get_mut(&id)?;
        cohort.remove_live(number);
        cohort.members -= 1;
        if cohort.members > 0 {
            return None;
        }
        let Cohort { environment, channels, .. } = self.all.remove(&id)?;
        self.by_channels.remove(&(environment, Arc::clone(&channels)));
        Some(channels)
    }

    /// One of them.
    pub fn get(&self, id: CohortId) -> Option<&Cohort> {
        self.all.get(&id)
    }

    /// One of them, to change.
    pub fn get_mut(&mut self, id: CohortId) -> Option<&mut Cohort> {
        self.all.get_mut(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (CohortId, &Cohort)> {
        self.all.iter().map(|(id, cohort)| (*id, cohort))
    }
}
