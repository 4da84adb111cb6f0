//! One run, as its caller holds it.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Clock;
use super::heartbeats::Heartbeats;
use super::producer::{Place, Producer};
use super::reader::{Reader, ReaderOptions, end_notice};
use super::stats::{Counters, count};
use crate::chat::fold_chunks;
use crate::delivery::Mailbox;
use crate::log::{Cursor, End, Key, Kind, Log, Position, Role, Tail, Token};
use crate::relay::Policy;

/// Whose run it is, and what may begin anew.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// What it is called.
    pub id: String,
    /// Whose it is.
    pub owner: Option<String>,
}

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Behind this frame.
    After(Position),
    /// At the start, for its cursor is none of this run.
    Reset,
    /// Nowhere: it has everything.
    Nowhere,
}

/// A run.
pub struct Run {
    pub(super) key: Key,
    pub(super) role: Role,
    pub(super) token: Token,
    pub(super) tail: Arc<Tail>,
    pub(super) log: Arc<dyn Log>,
    pub(super) clock: Clock,
    pub(super) counters: Arc<Counters>,
    pub(super) heartbeats: Arc<Heartbeats>,
    pub(super) policy: Policy,
    pub(super) retention: Duration,
}

impl Run {
    /// Whether this call produces it.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Its entries.
    #[must_use]
    pub const fn tail(&self) -> &Arc<Tail> {
        &self.tail
    }

    /// A producer, only for the call whose run it is.
    #[must_use]
    pub fn producer(&self) -> Arc<Producer> {
        let place = Place {
            key: self.key.clone(),
            token: self.token,
            log: Arc::clone(&self.log),
            tail: Arc::clone(&self.tail),
            clock: self.clock,
            counters: Arc::clone(&self.counters),
            lease: self.policy.lease,
            retention: self.retention,
        };
        Producer::new(place, Policy { idle: None, ..self.policy })
    }

    /// For how long a source without a clock of its own may be silent.
    #[must_use]
    pub const fn idle(&self) -> Option<Duration> {
        self.policy.idle
    }

    /// Where a reader with this cursor begins.
    #[must_use]
    pub fn beginning(&self, cursor: Option<&str>) -> Beginning {
        let Some(text) = cursor else { return Beginning::After(Position::default()) };
        let generation = self.tail.generation();
        let cursor = Cursor::parse(text).filter(|cursor| cursor.generation() == generation);
        match cursor {
            None => {
                count(&self.counters.resets);
                Beginning::Reset
            }
            Some(Cursor::End(_)) => Beginning::Nowhere,
            // Clients that do not keep an id without an event come back with the last frame's.
            Some(Cursor::At(_, position))
                if self.tail.end() == Some(End::Done) && self.tail.is_behind(position) =>
            {
                Beginning::Nowhere
            }
            Some(Cursor::At(_, position)) => {
                count(&self.counters.resumed);
                Beginning::After(position)
            }
        }
    }

    /// A reader whose records go to `mailbox`.
    #[must_use]
    pub fn reader(&self, mailbox: Arc<Mailbox>, options: ReaderOptions) -> Arc<Reader> {
        Reader::start(
            Arc::clone(&self.tail),
            mailbox,
            options,
            self.clock,
            Arc::clone(&self.counters),
            &self.heartbeats,
        )
    }

    /// The answer so far in JSON, if it is one.
    #[must_use]
    pub fn snapshot(&self) -> Option<String> {
        let mut position = Position::default();
        let mut entries = Vec::new();
        while let Some((seq, entry, _)) = self.tail.read(position) {
            position = Position { seq, index: u32::MAX };
            entries.push(entry);
        }
        let frames = entries
            .iter()
            .filter(|entry| entry.kind() == Kind::Frames)
            .flat_map(|entry| (0..entry.frames()).filter_map(|at| entry.frame(at)));
        fold_chunks(frames)
    }
}

/// Tells a mailbox once when a run is over.
pub struct EndWatch {
    tail: Arc<Tail>,
    mailbox: Arc<Mailbox>,
}

impl EndWatch {
    /// From now on.
    pub fn start(tail: Arc<Tail>, mailbox: Arc<Mailbox>) {
        Arc::new(Self { tail, mailbox }).look();
    }

    fn look(self: Arc<Self>) {
        let end = self.tail.end();
        if let Some(end) = end {
            self.mailbox.notify(&end_notice(&end));
            return;
        }
        let waker = std::task::Waker::from(Arc::clone(&self));
        if !self.tail.wait_for_end(&waker) {
            self.look();
        }
    }
}

impl std::task::Wake for EndWatch {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}
