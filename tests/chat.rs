//! Answers, black-box: a scripted provider below, a consumer above, and a clock that jumps.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "delivery/harness.rs"]
#[allow(dead_code, reason = "shared with the tests of the mailbox")]
mod harness;
#[path = "reconnect/policies.rs"]
#[allow(dead_code, reason = "shared with the tests of retries")]
mod policies;
#[path = "stream/rig.rs"]
#[allow(dead_code, reason = "shared with the tests of the stream")]
mod rig;
#[path = "stream/scripted.rs"]
#[allow(dead_code, reason = "shared with the tests of the stream")]
mod scripted;

#[path = "chat/asking.rs"]
mod asking;
#[path = "chat/completing.rs"]
mod completing;
#[path = "chat/continuing.rs"]
mod continuing;
#[path = "chat/forms.rs"]
mod forms;
#[path = "chat/moving.rs"]
mod moving;
#[path = "chat/resuming.rs"]
mod resuming;
#[path = "chat/retrying.rs"]
mod retrying;
#[path = "chat/stray.rs"]
mod stray;
