//! Who listens to which names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::doorbell::Doorbell;

/// Doorbells by the names for which they ring.
#[derive(Debug, Default)]
pub struct Listeners(Mutex<HashMap<Arc<str>, Vec<Arc<Doorbell>>>>);

impl Listeners {
    /// From now on a doorbell rings for a name.
    pub fn add(&self, name: &Arc<str>, doorbell: &Arc<Doorbell>) {
        self.lock().entry(Arc::clone(name)).or_default().push(Arc::clone(doorbell));
    }

    /// Not any more; whether nobody listens to the name now.
    pub fn remove(&self, name: &Arc<str>, doorbell: &Arc<Doorbell>) -> bool {
        let mut listeners = self.lock();
        let Some(doorbells) = listeners.get_mut(name) else { return false };
        if let Some(at) = doorbells.iter().position(|known| Arc::ptr_eq(known, doorbell)) {
            doorbells.swap_remove(at);
        }
        let is_empty = doorbells.is_empty();
        if is_empty {
            listeners.remove(name);
        }
        is_empty
    }

    /// Whether anybody listens to a name.
    pub fn has(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    /// All names.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.lock().keys().cloned().collect()
    }

    /// Everybody may have missed something.
    pub fn miss(&self) {
        for doorbell in self.lock().values().flatten() {
            doorbell.miss();
        }
    }

    /// Something was published.
    pub fn ring(&self, name: &str, payload: &[u8]) {
        let listeners = self.lock();
        let Some((name, doorbells)) = listeners.get_key_value(name) else { return };
        for doorbell in doorbells {
            doorbell.ring(name, payload.to_vec());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Vec<Arc<Doorbell>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
