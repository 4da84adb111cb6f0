//! Drops what a server replays after a reconnect although it was delivered.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

/// How many delivered ids are remembered. Servers replay a few events, at most a buffer's worth.
const REMEMBERED: usize = 1024;

/// Remembers the ids of delivered events; after a reconnect, drops those that come again.
///
/// A replay is recognised by its first id and lasts as long as the ids follow in the order in
/// which they were delivered; then everything is new.
#[derive(Debug, Default)]
pub struct Dedupe {
    hasher: RandomState,
    /// Hashes of the ids, oldest first; `None` for an event without one.
    delivered: VecDeque<Option<u64>>,
    replay: Replay,
}

#[derive(Debug, Default)]
enum Replay {
    /// Right after a reconnect: the first id decides.
    Possible,
    /// The next event is a replay if it is the delivered one at this place.
    Running { next: usize },
    /// Everything is new.
    #[default]
    Over,
}

impl Dedupe {
    /// A new connection begins.
    pub fn reconnected(&mut self) {
        self.replay = Replay::Possible;
    }

    /// Whether this event was delivered before.
    pub fn seen(&mut self, id: Option<&[u8]>) -> bool {
        let hash = self.hash(id);
        let place = match self.replay {
            Replay::Possible => hash.and_then(|_| self.delivered.iter().rposition(|&d| d == hash)),
            Replay::Running { next } => {
                self.delivered.get(next).is_some_and(|&d| d == hash).then_some(next)
            }
            Replay::Over => None,
        };
        self.replay = match place {
            Some(place) => Replay::Running { next: place + 1 },
            None => Replay::Over,
        };
        place.is_some()
    }

    /// This event was delivered.
    pub fn deliver(&mut self, id: Option<&[u8]>) {
        let hash = self.hash(id);
        if self.delivered.len() == REMEMBERED {
            self.delivered.pop_front();
        }
        self.delivered.push_back(hash);
    }

    fn hash(&self, id: Option<&[u8]>) -> Option<u64> {
        id.map(|id| self.hasher.hash_one(id))
    }
}

#[cfg(test)]
mod tests {
    use super::Dedupe;

    fn ids(dedupe: &mut Dedupe, ids: &[&str]) -> Vec<bool> {
        let mut seen = |id: &str| {
            let seen = dedupe.seen(Some(id.as_bytes()));
            if !seen {
                dedupe.deliver(Some(id.as_bytes()));
            }
            seen
        };
        ids.iter().map(|id| seen(id)).collect()
    }

    #[test]
    fn a_replayed_run_is_dropped_and_what_follows_is_new() {
        let mut dedupe = Dedupe::default();
        assert_eq!(ids(&mut dedupe, &["1", "2", "3"]), [false; 3]);
        dedupe.reconnected();
        assert_eq!(ids(&mut dedupe, &["2", "3", "4"]), [true, true, false]);
    }

    #[test]
    fn an_id_that_comes_again_on_one_connection_is_new() {
        let mut dedupe = Dedupe::default();
        assert_eq!(ids(&mut dedupe, &["1", "1"]), [false; 2]);
    }

    #[test]
    fn a_replay_out_of_order_is_new() {
        let mut dedupe = Dedupe::default();
        ids(&mut dedupe, &["1", "2", "3"]);
        dedupe.reconnected();
        assert_eq!(ids(&mut dedupe, &["2", "1"]), [true, false]);
    }
}
