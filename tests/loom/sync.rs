//! The primitives at which threads meet, as loom has them: each is a point at which it may let
//! another thread go first.

pub use loom::sync::atomic::Ordering;
pub use loom::sync::{Mutex, MutexGuard};

/// A flag whose `store` is a swap.
///
/// loom does not know that nothing comes between the two halves of a swap. Of a swap and a store
/// that nothing else orders it takes either for the later one, even if the swap began with an older
/// value than the store's, and so finds wake-ups that are lost in no machine.
#[derive(Debug)]
pub struct AtomicBool(loom::sync::atomic::AtomicBool);

impl AtomicBool {
    pub fn new(value: bool) -> Self {
        Self(loom::sync::atomic::AtomicBool::new(value))
    }

    pub fn store(&self, value: bool, order: Ordering) {
        self.0.swap(value, order);
    }

    pub fn swap(&self, value: bool, order: Ordering) -> bool {
        self.0.swap(value, order)
    }
}
