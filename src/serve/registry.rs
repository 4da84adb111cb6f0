//! The relays of this process, by name: bundlers copy modules, and a framework's reload runs them again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::relay::Relay;

/// By name, with the text of what they were made with.
type Relays = HashMap<String, (String, Arc<Relay>)>;

/// A relay of this name was made with other options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch;

/// The relay of this name, made by `start` where there is none. `options` is the text of what it is made with.
pub fn relay(
    name: &str,
    options: &str,
    start: impl FnOnce() -> Arc<Relay>,
) -> Result<Arc<Relay>, Mismatch> {
    static RELAYS: Mutex<Option<Relays>> = Mutex::new(None);
    let mut relays = RELAYS.lock().unwrap_or_else(PoisonError::into_inner);
    let relays = relays.get_or_insert_default();
    if let Some((known, relay)) = relays.get(name) {
        return if known == options { Ok(Arc::clone(relay)) } else { Err(Mismatch) };
    }
    let relay = start();
    relays.insert(name.to_owned(), (options.to_owned(), Arc::clone(&relay)));
    Ok(relay)
}
