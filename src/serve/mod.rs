//! Drives runs and hubs on tokio: producers, readers, heartbeats, and what ends with time.
//!
//! # Layout
//!
//! * [`Relay`]: runs by their ids; the same name is the same relay.
//! * [`Run`]: one run, as its caller holds it: producer or reader.
//! * [`Producer`]: appends what a source says; `run_sink` is how a stream of the core says it.
//! * [`Hub`]: clients and channels of one name; `hub_request` is what it is asked, `hub_turns` what it
//!   does, `hub_outlet` its way to one environment, `hub_share` its side of channels that others share.
//! * [`SharedChannels`]: channels that other processes share, of which this one keeps what it follows;
//!   `shared_tails` is what that is, `publisher` brings events there, `shared_hub` is what processes of one hub
//!   tell each other, `shared_presence` who is there.
//! * [`Reader`]: hands a run out from a cursor, to one receiver of JavaScript.
//! * [`Store`]: small values with a time to live, for applications; the same name is the same store.
//! * [`LogOptions`]: where they keep what they keep.
//! * `heartbeats`: comments for readers that have heard nothing for long.
//! * `event_frames`: frames as events, for readers that iterate.
//! * `wire`: what a reader writes: ids, resets, the end.
//! * `clock`: the time since 1970 that does not jump.

mod clock;
mod event_frames;
mod heartbeats;
mod hub;
mod hub_outlet;
mod hub_request;
mod hub_share;
mod hub_turns;
mod log;
mod producer;
mod publisher;
mod reader;
mod registry;
mod relay;
mod run;
mod run_sink;
mod shared_channels;
mod shared_hub;
mod shared_presence;
mod shared_tails;
mod stats;
mod store;
mod wire;

pub use crate::hub::{ClientNumber, EVERYONE, Environment, Filter, Input, Reason, Refusal};
pub use hub::Hub;
pub use hub_outlet::Outlet;
pub use hub_request::{HubClient, HubEvent, HubOptions, PublishError};
pub use log::{BadAddress, LogOptions, RedisOptions};
pub use producer::Producer;
pub use publisher::{Published, Reply};
pub use reader::{Form, Reader, ReaderOptions};
pub use registry::{Mismatch, hub, relay, store};
pub use relay::{Relay, RelayOptions};
pub use run::{Beginning, EndWatch, Run, RunOptions};
pub use run_sink::RunSink;
pub use shared_channels::SharedChannels;
pub use stats::RelayStats;
pub use store::{SharedStore, Store, StoreQuestion, StoreReply};
