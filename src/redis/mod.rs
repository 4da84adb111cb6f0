//! Logs and stores on Redis, which several processes share. Nothing else names the crate `redis`.
//!
//! # Layout
//!
//! * [`Address`]: where Redis is; `connection` is one connection to it: to a server, to the one that sentinels name, or to
//!   all servers of a cluster, of which `slots` says what each keeps.
//! * [`Link`]: the connections of this process, one for commands and one for doorbells; `supervision` makes them
//!   again when they break, `listeners` are those for whom doorbells ring.
//! * [`Doorbell`]: what rings when something was published: a hint, never the only way to data.
//! * `script`, `scripts/`: what Redis does in one step; `reply` reads what it says, `keys` is what things are called.
//! * [`RunLog`]: runs; `outbox` brings what is produced here by `run_commands`, `following` what is produced elsewhere.
//! * [`ChannelLog`]: channels, and in `orders` what processes of one hub tell each other.
//! * [`RedisStore`]: small values.
//! * [`Fault`]: why Redis did not do what it was asked.

mod address;
mod channel_log;
mod cluster;
mod connection;
mod doorbell;
mod fault;
mod following;
mod keys;
mod link;
mod listeners;
mod orders;
mod outbox;
mod reply;
mod run_commands;
mod run_log;
mod script;
mod sentinel;
mod shared_run_log;
mod slots;
mod store;
mod supervision;

pub use address::{Address, Certificates, Topology};
pub use channel_log::{ChannelHead, ChannelLog, Heard, LoggedEvent, Outgoing, age, hear, page};
pub use doorbell::{Doorbell, Ring};
pub use fault::Fault;
pub use link::{Link, Listening, State};
pub use orders::{Revoked, hear_revoked};
pub use run_log::{RunLog, RunLogOptions};
pub use shared_run_log::SharedRunLog;
pub use store::RedisStore;
