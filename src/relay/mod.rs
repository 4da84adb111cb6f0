//! What the producer of a run does next: joining frames, renewing the lease, ending. Pure.
//!
//! # Layout
//!
//! * [`Policy`]: what a run may take, as options say it.
//! * [`Production`]: one run being produced: frames and orders go in, [`Step`]s come out.
//! * [`Joining`]: for how long frames wait for others.
//! * [`Watching`]: whether the run has a reader, and since when it has none.
#![forbid(unsafe_code)]

mod joining;
mod policy;
mod production;
mod watching;

pub use joining::Joining;
pub use policy::{OnDisconnect, Policy};
pub use production::{Production, Step};
pub use watching::Watching;
