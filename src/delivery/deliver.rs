//! What a ready list serves.
#![forbid(unsafe_code)]

use crate::record::Batch;

/// Something that has records for the receivers of one JavaScript environment.
pub trait Deliver: Send + Sync {
    /// Moves what it has into `batch`, until that is full or nothing may be delivered. If something is
    /// left, returns the size of what comes next in bytes of text; the ready list then keeps it and asks
    /// again. Otherwise it has to [enlist](super::ReadyList::enlist) before it is asked again.
    ///
    /// Called on the thread that drains, which is JavaScript's: it must not wait.
    fn deliver(&self, batch: &mut Batch<'_>) -> Option<usize>;
}
