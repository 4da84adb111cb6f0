//! The mailbox itself, not a copy, over the primitives of loom.

#[path = "../../src/mailbox/mod.rs"]
pub mod mailbox;
