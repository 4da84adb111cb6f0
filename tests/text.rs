//! A text in pieces of so many bytes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "text/fences.rs"]
mod fences;
#[path = "text/pieces.rs"]
mod pieces;
#[path = "text/random.rs"]
mod random;
