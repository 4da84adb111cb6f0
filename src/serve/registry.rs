//! What there is of a kind in this process, by name: bundlers copy modules, and a framework's reload runs them again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::hub::Hub;
use super::log::BadAddress;
use super::relay::Relay;
use super::store::Store;

/// By name, with the text of what they were made with.
type ByName<T> = HashMap<String, (String, Arc<T>)>;

struct Registry<T>(Mutex<Option<ByName<T>>>);

static RELAYS: Registry<Relay> = Registry(Mutex::new(None));
static HUBS: Registry<Hub> = Registry(Mutex::new(None));
static STORES: Registry<Store> = Registry(Mutex::new(None));

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// There is one of this name that was made with other options.
    Other,
    /// It cannot be made: the address of Redis is none.
    Address(BadAddress),
}

impl From<BadAddress> for Mismatch {
    fn from(address: BadAddress) -> Self {
        Self::Address(address)
    }
}

/// The relay of this name, made by `start` where there is none. `options` is the text of what it is made with.
pub fn relay(
    name: &str,
    options: &str,
    start: impl FnOnce() -> Result<Arc<Relay>, BadAddress>,
) -> Result<Arc<Relay>, Mismatch> {
    RELAYS.of(name, options, start)
}

/// The hub of this name, likewise. One that has been closed makes room for another.
pub fn hub(
    name: &str,
    options: &str,
    start: impl FnOnce() -> Result<Arc<Hub>, BadAddress>,
) -> Result<Arc<Hub>, Mismatch> {
    HUBS.forget(|known, hub| known == name && hub.look(crate::hub::Hub::is_closing));
    HUBS.of(name, options, start)
}

/// The store of this name, likewise.
pub fn store(
    name: &str,
    options: &str,
    start: impl FnOnce() -> Result<Arc<Store>, BadAddress>,
) -> Result<Arc<Store>, Mismatch> {
    STORES.of(name, options, start)
}

impl<T> Registry<T> {
    fn of(
        &self,
        name: &str,
        options: &str,
        start: impl FnOnce() -> Result<Arc<T>, BadAddress>,
    ) -> Result<Arc<T>, Mismatch> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.get_or_insert_default();
        if let Some((known, one)) = all.get(name) {
            return if known == options { Ok(Arc::clone(one)) } else { Err(Mismatch::Other) };
        }
        let one = start()?;
        all.insert(name.to_owned(), (options.to_owned(), Arc::clone(&one)));
        Ok(one)
    }

    fn forget(&self, is_over: impl Fn(&str, &T) -> bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_or_insert_default().retain(|name, (_, one)| !is_over(name, one));
    }
}
