//! The engine, black-box: a scripted transport below it, a consumer above it, and a clock that
//! jumps, so that every wait is exact.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "delivery/harness.rs"]
#[allow(dead_code, reason = "shared with the tests of the mailbox")]
mod harness;
#[path = "reconnect/policies.rs"]
#[allow(dead_code, reason = "shared with the tests of retries")]
mod policies;
#[path = "stream/rig.rs"]
mod rig;
#[path = "stream/scripted.rs"]
mod scripted;

#[path = "stream/backoff.rs"]
mod backoff;
#[path = "stream/callbacks.rs"]
mod callbacks;
#[path = "stream/clocks.rs"]
mod clocks;
#[path = "stream/commands.rs"]
mod commands;
#[path = "stream/endings.rs"]
mod endings;
#[path = "stream/json_lines.rs"]
mod json_lines;
#[path = "stream/leftovers.rs"]
mod leftovers;
#[path = "stream/outputs.rs"]
mod outputs;
#[path = "stream/pooled.rs"]
mod pooled;
#[path = "stream/reports.rs"]
mod reports;
#[path = "stream/requests.rs"]
mod requests;
#[path = "stream/resuming.rs"]
mod resuming;
#[path = "stream/statistics.rs"]
mod statistics;
#[path = "stream/turns.rs"]
mod turns;
