//! Where each channel stands.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::Arc;

use super::client::Mark;
use super::cohorts::CohortId;
use super::position::Place;
use super::step::Head;

/// A channel that has clients.
#[derive(Debug)]
pub struct Channel {
    /// Behind its last event.
    pub place: Place,
    /// Of all frames since it has clients.
    pub bytes: u64,
    /// Those whose clients are in it.
    pub cohorts: Vec<CohortId>,
}

impl Channel {
    /// Behind its last event.
    pub const fn mark(&self) -> Mark {
        Mark { place: self.place, bytes: self.bytes }
    }
}

/// The channels that have clients.
#[derive(Debug, Default)]
pub struct Channels(HashMap<Arc<str>, Channel>);

impl Channels {
    /// Where a channel stands of which the log says this.
    pub fn know(&mut self, head: &Head) -> Mark {
        self.0
            .entry(Arc::clone(&head.channel))
            .or_insert_with(|| Channel { place: head.place, bytes: 0, cohorts: Vec::new() })
            .mark()
    }

    /// A cohort is in these channels from now on.
    pub fn join(&mut self, channels: &[Arc<str>], cohort: CohortId) {
        for name in channels {
            if let Some(channel) = self.0.get_mut(name) {
                channel.cohorts.push(cohort);
            }
        }
    }

    /// It is not any more.
    pub fn part(&mut self, channels: &[Arc<str>], cohort: CohortId) {
        for name in channels {
            let Some(channel) = self.0.get_mut(name) else { continue };
            channel.cohorts.retain(|known| *known != cohort);
            if channel.cohorts.is_empty() {
                self.0.remove(name);
            }
        }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Channel> {
        self.0.get(name)
    }

    /// One of them, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Channel> {
        self.0.get_mut(name)
    }

    /// Where these stand.
    pub fn marks(&self, names: &[Arc<str>]) -> impl Iterator<Item = Mark> {
        names.iter().filter_map(|name| self.0.get(name).map(Channel::mark))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }
}
