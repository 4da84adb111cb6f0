//! Whether a connection brought anything new.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

/// How many ids are remembered to tell a replay from what is new: a server that crashes after as many
/// events, over and over, is still recognised.
const REMEMBERED: usize = 32;

/// What a connection brought, as far as the question goes whether it ended an outage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Nothing, or what was known.
    #[default]
    None,
    /// An event that was not delivered before, but without a new id.
    Event,
    /// An event with an id that is new.
    NewId,
}

/// Tells new events from those that a server sends again on each connection.
#[derive(Debug, Default)]
pub struct Novelty {
    hasher: RandomState,
    progress: Progress,
    /// The id after which this connection resumed.
    resumed: Option<u64>,
    /// Ids that were looked at, oldest first, each with what its event was.
    known: VecDeque<(u64, u64)>,
}

impl Novelty {
    /// A connection begins that resumes after this id, empty for none.
    pub fn connected(&mut self, last_event_id: &[u8]) {
        self.progress = Progress::None;
        let resumes = !last_event_id.is_empty();
        self.resumed = resumes.then(|| self.hasher.hash_one(last_event_id));
    }

    /// What the present connection brought so far.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// An event came, with this id, and `content` that tells it from others. `true` if it is the first of
    /// this connection that has a new id.
    #[inline]
    pub fn event(&mut self, id: Option<&[u8]>, content: (Option<&[u8]>, &[u8])) -> bool {
        // Nothing that could come is more.
        if self.progress == Progress::NewId {
            return false;
        }
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            self.progress = Progress::Event;
            return false;
        };
        self.look(id, content)
    }

    fn look(&mut self, id: &[u8], content: (Option<&[u8]>, &[u8])) -> bool {
        let (id, content) = (self.hasher.hash_one(id), self.hasher.hash_one(content));
        if let Some((_, known)) = self.known.iter_mut().find(|(known, _)| *known == id) {
            // A server that counts from 1 on each connection sends new events all the same.
            if *known != content {
                *known = content;
                self.progress = Progress::Event;
            }
            return false;
        }
        if self.known.len() == REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back((id, content));
        if self.resumed == Some(id) {
            return false;
        }
        self.progress = Progress::NewId;
        true
    }
}
