//! Drops what a server replays after a reconnect although it was delivered.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use crate::protocol::Event;

/// How many delivered ids are remembered. Servers replay a few events, at most a buffer's worth.
const REMEMBERED: usize = 1024;

/// Remembers delivered events; after a reconnect, drops those that come again.
///
/// An event is the same if id, name and data are: a server whose ids begin anew on each connection sends
/// new events under old ids. A replay begins with an event that has an id, and lasts as long as events
/// follow in the order in which they were delivered; then everything is new.
#[derive(Debug, Default)]
pub struct Dedupe {
    hasher: RandomState,
    /// Oldest first.
    delivered: VecDeque<Fingerprint>,
    replay: Replay,
}

/// What an event is told by: a hash of its id, name and data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fingerprint {
    hash: u64,
    has_id: bool,
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

    /// Whether this event was delivered before; if not, it is now.
    pub fn repeats(&mut self, event: &Event<'_>) -> bool {
        let event = self.fingerprint(event);
        let seen = self.seen(event);
        if !seen {
            self.deliver(event);
        }
        seen
    }

    fn seen(&mut self, event: Fingerprint) -> bool {
        let place = match self.replay {
            Replay::Possible if event.has_id => self.delivered.iter().rposition(|&d| d == event),
            Replay::Running { next } => {
                self.delivered.get(next).is_some_and(|&d| d == event).then_some(next)
            }
            Replay::Possible | Replay::Over => None,
        };
        self.replay = match place {
            Some(place) => Replay::Running { next: place + 1 },
            None => Replay::Over,
        };
        place.is_some()
    }

    fn deliver(&mut self, event: Fingerprint) {
        if self.delivered.len() == REMEMBERED {
            self.delivered.pop_front();
        }
        self.delivered.push_back(event);
    }

    fn fingerprint(&self, event: &Event<'_>) -> Fingerprint {
        let Event { name, data, id, .. } = *event;
        Fingerprint { hash: self.hasher.hash_one((id, name, data)), has_id: id.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dedupe, Event};

    /// Events whose data is their id, or what follows it after a colon.
    fn ids(dedupe: &mut Dedupe, ids: &[&str]) -> Vec<bool> {
        let mut seen = |text: &str| {
            let (id, data) = text.split_once(':').unwrap_or((text, text));
            let (id, data) = (Some(id.as_bytes()), data.as_bytes());
            dedupe.repeats(&Event { name: None, data, id, retry: None })
        };
        ids.iter().map(|id| seen(id)).collect()
    }

    #[test]
    fn other_data_under_an_old_id_is_new() {
        let mut dedupe = Dedupe::default();
        assert_eq!(ids(&mut dedupe, &["1:a", "2:b"]), [false; 2]);
        dedupe.reconnected();
        assert_eq!(ids(&mut dedupe, &["1:c", "2:b"]), [false; 2]);
        dedupe.reconnected();
        assert_eq!(ids(&mut dedupe, &["2:b", "3:d"]), [true, false]);
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
