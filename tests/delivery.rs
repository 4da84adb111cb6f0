//! Mailboxes and their ready list, black-box: what is pushed, what is drained, and when the notifier is called.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "delivery/harness.rs"]
mod harness;

#[path = "delivery/bounds.rs"]
mod bounds;
#[path = "delivery/broadcasts.rs"]
mod broadcasts;
#[path = "delivery/demand.rs"]
mod demand;
#[path = "delivery/memory.rs"]
mod memory;
#[path = "delivery/pieces.rs"]
mod pieces;
#[path = "delivery/sharing.rs"]
mod sharing;
#[path = "delivery/stress.rs"]
mod stress;
#[path = "delivery/text.rs"]
mod text;
#[path = "delivery/wakeups.rs"]
mod wakeups;
