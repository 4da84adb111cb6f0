//! Delivery itself, not a copy, over the primitives of loom.

#[path = "../../src/delivery/mod.rs"]
pub mod delivery;
#[path = "../../src/record/mod.rs"]
pub mod record;
