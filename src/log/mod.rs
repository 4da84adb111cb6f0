//! Append-only logs of runs and channels, and readers' places in them. Pure: time and chance are arguments.
//!
//! # Layout
//!
//! * [`Log`]: what a log can do, wherever it is kept; [`MemoryLog`] keeps it in this process.
//! * [`Key`]: what a log is kept under: a run with its owner, or a channel.
//! * [`Entry`]: frames that were appended together, and [`End`], how a run ended.
//! * [`Cursor`], [`Position`]: where a reader stands, and the text of it that crosses the wire.
//! * [`Tail`]: the entries of one run in this process, shared by its readers.
//! * [`Channel`]: the bounded log of one channel, and [`Publication`], what it says of an event.
//! * `channels`: all channels of a log in memory, and what they take together.
//! * [`Store`]: small values with a time to live; [`MemoryStore`] keeps them in this process.
#![forbid(unsafe_code)]

mod channel;
mod channels;
mod cursor;
mod end;
mod entry;
mod generation;
mod key;
#[allow(clippy::module_inception, reason = "the concept is called that")]
mod log;
mod memory;
mod memory_channels;
mod memory_store;
mod store;
mod tail;
pub(crate) mod varint;

pub use channel::{Bounds, Channel, ChannelFrame, Publication, Publish, Replay};
pub use cursor::{Cursor, Position};
pub use end::{End, Failure, Status};
pub use entry::{Entry, EntryError, Kind};
pub use generation::{Generation, Token};
pub use key::Key;
pub use log::{Acquired, Away, Claim, Head, Log, LogError, Pending, Restart, Role};
pub use memory::{MemoryBounds, MemoryLog};
pub use memory_store::{MemoryStore, StoreBounds};
pub use store::{Lifetime, Store, StoreError};
pub use tail::Tail;
