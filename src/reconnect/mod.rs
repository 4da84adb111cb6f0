//! Whether to try again, and after how long. Pure: time and chance are arguments.
//!
//! # Layout
//!
//! * [`next_step()`]: the whole decision. [`Policy`] and [`Facts`] to a [`Step`].
//! * [`Ending`]: how an attempt ended; [`ending_of`] a failure, and whether it [passes](is_transient).
//! * [`Policy`]: what the caller permits; [`Statuses`] is its set of statuses.
//! * [`RetryAdvice`]: what the handler of a body says about another attempt.
//! * [`PoolFacts`], [`ShouldRetry`]: what a pool and the caller's function have to do with it.
//! * [`History`]: what the engine remembers between attempts.
//! * [`Novelty`]: whether a connection brought anything new, its [`Progress`].
//! * `table`: the table of endings. `waits`: how long to wait, and the limits of the policy.
//! * [`Backoff`]: how long to wait, and how the waits of many clients are spread.
//! * [`retry_after`]: what the server asked for in a response head; [`millis`]: times as JavaScript has them.
//!
//! # Use
//!
//! The engine reports to its `History` when a response is accepted ([`History::connect`]), what the
//! connection brought ([`History::advance`]), and when the stream carries `retry:`
//! ([`History::tell`]). When an attempt ends it collects [`Facts`] and asks [`next_step()`], again after
//! each question that this wants answered first, hands the step back with [`History::follow`], and obeys
//! it. `tests/reconnect/` has the decision as cases that can be read.
#![forbid(unsafe_code)]

mod advice;
mod backoff;
mod ending;
mod facts;
mod failure;
mod history;
pub mod millis;
mod next_step;
mod policy;
mod progress;
pub mod retry_after;
mod statuses;
mod step;
mod table;
mod waits;

pub use advice::{RequestFacts, RetryAdvice};
pub use backoff::{Backoff, Jitter};
pub use ending::Ending;
pub use facts::{Facts, PoolFacts, PoolPart, ShouldRetry};
pub use failure::{ending_of, is_transient};
pub use history::History;
pub use next_step::next_step;
pub use policy::Policy;
pub use progress::{Novelty, Progress};
pub use statuses::Statuses;
pub use step::{Cause, Reason, Step, Wait};
pub use waits::wait_for_pool;
