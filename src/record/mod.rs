//! The packed form in which things cross into JavaScript.
//!
//! # Layout
//!
//! * [`Record`]: what crosses, one thing at a time; [`Kind`] is what JavaScript calls it.
//! * [`Queue`]: records behind one another, packed; `segments`: queues behind one another.
//! * [`Packed`]: one text, or bytes, for many receivers.
//! * [`Batch`]: records of many receivers, as one drain brings them across.
//! * `fifo`: memory that is filled at its end and read from its front.
//! * `text`, `transcode`: UTF-8 to what V8 stores.

mod batch;
mod fifo;
mod packed;
mod queue;
#[allow(clippy::module_inception, reason = "the concept is called that")]
mod record;
mod segments;
mod text;
mod transcode;

pub use batch::{Batch, PREFIXED, SHARED};
pub use packed::Packed;
pub use queue::Queue;
pub(crate) use queue::Run;
pub use record::{Kind, Record, Voice};
pub(crate) use segments::Segments;
