//! How records reach their consumer: the list of those that have some, and bounded queues of them.
//!
//! # Layout
//!
//! * [`ReadyList`]: those that have something to deliver, for one JavaScript environment. It drains
//!   all of them into one batch, and has a [`Notifier`] wake the consumer once for all of them.
//! * [`Deliver`]: what it serves.
//! * [`Mailbox`]: one that does: a bounded queue between one producer and its consumer. It holds
//!   records in the form in which they cross into JavaScript, so that handing over a thousand events
//!   is two copies.
//! * [`FanOut`]: payloads for many receivers each; what it has not queued it gets from a [`Refill`].

mod deliver;
mod fan_out;
mod mailbox;
mod notifier;
mod ready_list;
// The model tries every order in which threads may meet there.
#[cfg_attr(loom, path = "../../tests/loom/sync.rs")]
mod sync;

pub use deliver::Deliver;
pub use fan_out::{FanOut, Refill};
pub use mailbox::{Demand, Limits, Mailbox, Room};
pub use notifier::Notifier;
pub use ready_list::{Drained, ReadyList};
