//! Whether to try again, and after how long.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "reconnect/backoff.rs"]
mod backoff;
#[path = "reconnect/cases.rs"]
mod cases;
#[path = "reconnect/failures.rs"]
mod failures;
#[path = "reconnect/given.rs"]
mod given;
#[path = "reconnect/lives.rs"]
mod lives;
#[path = "reconnect/next_step.rs"]
mod next_step;
#[path = "reconnect/policies.rs"]
mod policies;
#[path = "reconnect/promises.rs"]
mod promises;
#[path = "reconnect/random.rs"]
mod random;
#[path = "reconnect/retry_after.rs"]
mod retry_after;
#[path = "reconnect/rig.rs"]
mod rig;
