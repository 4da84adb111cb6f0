//! The modules themselves, not copies, without what an interpreter cannot run.

#[path = "../../src/delivery/mod.rs"]
pub mod delivery;
#[path = "../../src/protocol/mod.rs"]
pub mod protocol;
#[path = "../../src/record/mod.rs"]
pub mod record;
