//! What wakes the consumer of a ready list.
#![forbid(unsafe_code)]

/// Wakes the consumer of a ready list, from any thread.
pub trait Notifier: Send + Sync {
    /// The consumer is going to drain soon: once, however often it was notified until then.
    fn notify(&self);
}

impl<F: Fn() + Send + Sync> Notifier for F {
    fn notify(&self) {
        self();
    }
}
