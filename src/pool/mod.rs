//! Which endpoint and which of its keys to ask. Pure: time and chance are arguments.
//!
//! # Layout
//!
//! * [`Endpoint`], [`Key`], [`Prefill`]: what a caller declares.
//! * [`Rules`], [`BreakerRules`]: how long failures are held against a key or an endpoint.
//! * [`Pool`]: the endpoints, and what is known of them. Edited while it is used.
//! * [`Ask`], [`Tried`], [`Pick`]: a question to the pool and its answer.
//! * [`Assignment`], [`Outcome`]: permission for one request, and what became of it.
//! * [`EndpointView`], [`KeyView`], [`Counters`]: the pool as it may be shown, without secrets.
//! * [`Change`]: what happened to a key or an endpoint.
//! * `member`, `slot`: one endpoint, one key, and what is known of it. `breaker` and its `window`:
//!   whether an endpoint fails too often. `choice`: the order in which they are asked.
//!
//! # Use
//!
//! [`Pool::pick`] gives an assignment. Its holder reports what became of the request, [`Pool::report`],
//! and gives the assignment back, [`Pool::release`]; an assignment is plain data and outlives what it
//! was made from. After each call [`Pool::take_changes`] says what changed.
#![forbid(unsafe_code)]

mod ask;
mod assignment;
mod breaker;
mod change;
mod choice;
mod counters;
mod endpoint;
mod key;
mod member;
#[allow(clippy::module_inception, reason = "the concept is called that")]
mod pool;
mod prefill;
mod rules;
mod slot;
mod view;
mod window;

pub use ask::{Ask, Nothing, Pick, Tried};
pub use assignment::{Assignment, Outcome};
pub use change::Change;
pub use counters::Counters;
pub use endpoint::{Endpoint, Share};
pub use key::Key;
pub use pool::{Pool, Taken};
pub use prefill::{Prefill, PrefillStyle};
pub use rules::{BreakerRules, COOLDOWN_MAX, Rules};
pub use view::{EndpointView, KeyView};
