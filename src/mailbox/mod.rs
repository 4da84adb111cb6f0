//! Bounded queues between a producer and its consumer, and the list of those that wait.
//!
//! A [`Mailbox`] holds records already in the form in which they cross into JavaScript, so that
//! handing over a thousand events is two copies. An [`Office`] lists the mailboxes that have
//! something to deliver and rings one bell for all of them.

mod lane;
mod letter;
#[allow(clippy::module_inception, reason = "the concept is called that")]
mod mailbox;
mod office;
mod queue;
mod segments;
// The model tries every order in which threads may meet there.
#[cfg_attr(loom, path = "../../tests/loom/sync.rs")]
mod sync;
mod text;
mod transcode;

pub use letter::{Kind, Letter, Voice};
pub use mailbox::{Demand, Limits, Mailbox, Room};
pub use office::{Batch, Drained, Office};
pub use queue::Queue;
