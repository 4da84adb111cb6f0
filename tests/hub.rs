//! The hub, on a clock of the test, over a log in memory.

#[path = "hub/closing.rs"]
mod closing;
#[path = "hub/lag.rs"]
mod lag;
#[path = "hub/model.rs"]
mod model;
#[path = "hub/positions.rs"]
mod positions;
#[path = "hub/rig.rs"]
mod rig;
#[path = "hub/shared.rs"]
mod shared;
#[path = "hub/times.rs"]
mod times;
