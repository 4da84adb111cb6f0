//! The primitives at which threads meet.
#![forbid(unsafe_code)]

pub use std::sync::atomic::{AtomicBool, Ordering};
pub use std::sync::{Mutex, MutexGuard};
