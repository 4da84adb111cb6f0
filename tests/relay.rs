//! What the producer of a run does next, on a clock of the test.

#[path = "relay/joining.rs"]
mod joining;
#[path = "relay/lives.rs"]
mod lives;
#[path = "relay/production.rs"]
mod production;
#[path = "relay/rig.rs"]
mod rig;
