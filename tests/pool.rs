//! The pool from outside: which endpoint and which key it gives, and what it makes of the outcome.

#[path = "pool/absurd.rs"]
mod absurd;
#[path = "pool/breaker.rs"]
mod breaker;
#[path = "pool/canary.rs"]
mod canary;
#[path = "pool/choosing.rs"]
mod choosing;
#[path = "pool/editing.rs"]
mod editing;
#[path = "pool/keys.rs"]
mod keys;
#[path = "pool/model.rs"]
mod model;
#[path = "pool/rig.rs"]
mod rig;
#[path = "pool/showing.rs"]
mod showing;
