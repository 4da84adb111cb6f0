//! What rings here when something was published: a hint, which may be lost.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What a doorbell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ring {
    /// This was published to a channel of that name.
    Message(Arc<str>, Vec<u8>),
    /// Something may have been missed: whoever listens looks for itself.
    Missed,
}

/// Messages that wait; beyond so many bytes it only says that something was missed.
const MOST: usize = 4 * 1024 * 1024;

/// Messages of Pub/Sub for one listener.
#[derive(Debug, Default)]
pub struct Doorbell {
    waiting: Mutex<Waiting>,
    rings: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<(Arc<str>, Vec<u8>)>,
    bytes: usize,
    missed: bool,
}

impl Doorbell {
    /// Somebody published something.
    pub fn ring(&self, channel: &Arc<str>, payload: Vec<u8>) {
        let mut waiting = self.lock();
        waiting.bytes += payload.len();
        if waiting.bytes > MOST {
            *waiting = Waiting { missed: true, ..Waiting::default() };
        } else {
            waiting.messages.push_back((Arc::clone(channel), payload));
        }
        drop(waiting);
        self.rings.notify_one();
    }

    /// The connection was lost, or what is said cannot be read.
    pub fn miss(&self) {
        self.lock().missed = true;
        self.rings.notify_one();
    }

    /// The next that it says; messages that came before something was missed come first.
    pub async fn next(&self) -> Ring {
        loop {
            if let Some(ring) = self.take() {
                return ring;
            }
            self.rings.notified().await;
        }
    }

    fn take(&self) -> Option<Ring> {
        let mut waiting = self.lock();
        if let Some((channel, payload)) = waiting.messages.pop_front() {
            waiting.bytes -= payload.len();
            return Some(Ring::Message(channel, payload));
        }
        std::mem::take(&mut waiting.missed).then_some(Ring::Missed)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
