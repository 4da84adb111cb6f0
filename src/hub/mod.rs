//! Clients, their channels, and where each stands in them: who gets which bytes next. Pure.
//!
//! # Layout
//!
//! * [`Hub`]: takes an [`Input`], says [`Effect`]s. It has no queue: who is behind reads the log.
//! * [`Policy`]: what a hub may take, as options say it.
//! * [`Position`]: where a client stands in all its channels, and the text of it that crosses the wire.
//! * `client`: one connection; `cohorts`: those that have the same channels and stand at the same place.
//! * `channels`: where each channel stands.
//! * `catching_up`: cohorts that are behind, in turn.
//! * `pages`: pages of the log that were read lately.
//! * `due`: when each client is to be looked at again.
//! * `connecting`, `publishing`, `lagging`, `closing`: what the hub does with an input.
//! * `presence`: who is there.
//! * `revocations`: users that are not admitted any more.
//! * `snapshots`: positions that are too long for a header.
//! * `wire`: what is written besides the frames of a channel.
#![forbid(unsafe_code)]

mod catching_up;
mod channels;
mod client;
mod closing;
mod cohorts;
mod connecting;
mod due;
#[allow(clippy::module_inception, reason = "the concept is called that")]
mod hub;
mod lagging;
mod pages;
mod policy;
mod position;
mod presence;
mod publishing;
mod revocations;
mod snapshots;
mod stats;
mod step;
mod wire;

pub use hub::Hub;
pub use policy::{Lag, MaxLag, Names, Policy};
pub use position::{Place, Position, write as write_position};
pub use stats::{ClosedStats, HubStats};
pub use step::{
    ClientNumber, Close, Connect, Effect, Effects, Environment, Filter, Gap, Had, Head, Input,
    Publish, Read, Reason, Refusal, Revocation,
};
pub use wire::gap_json;

/// The channel of all clients.
pub const EVERYONE: &str = "*";
/// Before the name of a user: the channel of all that are the user's.
pub const USER: &str = "user:";
