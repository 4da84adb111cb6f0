//! Answers, black-box: a scripted provider below, a consumer above, and a clock that jumps.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "mailbox/post.rs"]
#[allow(dead_code, reason = "shared with the tests of the mailbox")]
mod post;
#[path = "stream/rig.rs"]
#[allow(dead_code, reason = "shared with the tests of the stream")]
mod rig;
#[path = "stream/scripted.rs"]
#[allow(dead_code, reason = "shared with the tests of the stream")]
mod scripted;

#[path = "answer/asking.rs"]
mod asking;
#[path = "answer/completing.rs"]
mod completing;
#[path = "answer/continuing.rs"]
mod continuing;
#[path = "answer/forms.rs"]
mod forms;
#[path = "answer/moving.rs"]
mod moving;
#[path = "answer/resuming.rs"]
mod resuming;
#[path = "answer/retrying.rs"]
mod retrying;
#[path = "answer/stray.rs"]
mod stray;
