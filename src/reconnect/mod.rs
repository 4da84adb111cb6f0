//! Whether to try again, and after how long. Pure: time and chance are arguments.
//!
//! # Layout
//!
//! * [`Ending`]: how an attempt ended.
//! * [`Policy`]: what the caller permits, with the defaults; [`Statuses`] is its set of statuses.
//! * [`History`]: what the engine remembers between attempts.
//! * [`Novelty`]: whether a connection brought anything new, its [`Progress`].
//! * [`decide()`]: ending, policy and history to a [`Decision`]. The table of endings lives here.
//! * [`Backoff`]: how long to wait, and how the waits of many clients are spread.
//! * [`retry_after`]: what the server asked for in a response head.
//!
//! # Use
//!
//! The engine reports to its `History` when a response is accepted ([`History::connect`]), when the
//! first event is delivered ([`History::deliver`]), what the connection brought
//! ([`History::advance`]), and when the stream carries `retry:`
//! ([`History::tell`]). When an attempt ends it calls [`decide()`], hands the decision back with
//! [`History::follow`], and obeys it.
#![forbid(unsafe_code)]

mod backoff;
mod decide;
mod ending;
mod history;
mod policy;
mod progress;
pub mod retry_after;
mod statuses;

pub use backoff::{Backoff, Jitter};
pub use decide::{Cause, Decision, Reason, RequestFacts, Wait, decide, repeat};
pub use ending::Ending;
pub use history::History;
pub use policy::Policy;
pub use progress::{Novelty, Progress};
pub use statuses::Statuses;
