//! Events of an LLM's stream to deltas, deltas to a message. Pure.
//!
//! # Layout
//!
//! * [`Family`]: which wire format an endpoint speaks; the way to a [`Dialect`] and its framing.
//! * [`Dialect`]: events in, [`Delta`]s out; one file a family, with all its quirks.
//! * [`Delta`], [`Usage`]: what every family comes down to.
//! * [`Evidence`]: whether the answer is complete, and whether content came yet.
//! * [`Accumulator`]: deltas to a [`Message`], within [`Bounds`].
//! * [`Failure`]: what the provider says went wrong inside a 200, and what was refused here.
//! * [`JsonLines`]: the framing of line-delimited JSON.
//!
//! # Use
//!
//! Each event of a body goes to [`Dialect::decode`], each delta that comes out to
//! [`Evidence::note`] and [`Accumulator::apply`]. Until [`Evidence::has_content`] nothing needs to
//! be shown, so that a [`Delta::Error`] can still be retried like a status. When the body ends, the
//! answer is complete if [`Evidence::is_complete`] says so, and truncated otherwise.
#![forbid(unsafe_code)]

mod accumulator;
mod anthropic;
mod anthropic_usage;
mod calls;
mod chat_completions;
mod classify;
mod compact;
mod content;
mod delta;
mod dialect;
mod evidence;
mod failure;
mod family;
mod finish;
mod gemini;
mod gemini_calls;
mod items;
mod json_lines;
mod lenient;
mod list;
mod literal;
mod message;
mod ollama;
mod partial_args;
mod parts;
mod pattern;
mod payload;
mod problem;
mod responses;
mod responses_events;
mod rewriting;
mod scalar;
mod shape;
mod stray;
mod surrogates;
mod usage;

pub use accumulator::{Accumulator, Bounds};
pub use compact::MAX_DEPTH;
pub use delta::Delta;
pub use dialect::{Dialect, MAX_CHOICES, MAX_PARTS, MAX_TOOL_CALLS};
pub use evidence::{Evidence, Stage};
pub use failure::{Bound, Class, Failure};
pub use family::Family;
pub use finish::Finish;
pub use json_lines::JsonLines;
pub use message::{Choice, Message, ToolCall};
pub use usage::Usage;
