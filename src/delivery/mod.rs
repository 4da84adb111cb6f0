//! Bounded queues between a producer and its consumer, and the list of those that wait.
//!
//! A [`Mailbox`] holds records already in the form in which they cross into JavaScript, so that
//! handing over a thousand events is two copies. A [`ReadyList`] has the mailboxes that have
//! something to deliver and wakes the consumer once for all of them.

mod mailbox;
mod ready_list;
// The model tries every order in which threads may meet there.
#[cfg_attr(loom, path = "../../tests/loom/sync.rs")]
mod sync;

pub use mailbox::{Demand, Limits, Mailbox, Room};
pub use ready_list::{Drained, ReadyList};
