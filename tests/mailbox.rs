//! Mailboxes and their office, black-box: what is pushed, what is drained, and when the bell rings.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "mailbox/post.rs"]
mod post;

#[path = "mailbox/bell.rs"]
mod bell;
#[path = "mailbox/bounds.rs"]
mod bounds;
#[path = "mailbox/demand.rs"]
mod demand;
#[path = "mailbox/memory.rs"]
mod memory;
#[path = "mailbox/pieces.rs"]
mod pieces;
#[path = "mailbox/sharing.rs"]
mod sharing;
#[path = "mailbox/stress.rs"]
mod stress;
#[path = "mailbox/text.rs"]
mod text;
