//! Text as services take it: in pieces of so many bytes. Pure.
//!
//! * [`split_utf8`]: pieces that end between characters, at a soft break where there is one.
#![forbid(unsafe_code)]

mod cut;
mod fence;
mod split;

pub use split::{LEAST, split_utf8};
