//! The Node binding: private, thin, and the only folder that names napi.
//!
//! Calls are synchronous and never block; failures cross as data. `lib/` builds what users see.

#![allow(clippy::needless_pass_by_value, reason = "what JavaScript hands over is owned")]

mod alarm_clock;
mod answer;
mod batch;
mod bell;
mod decoder;
mod encoder;
mod event_loop;
mod options;
mod pool;
mod post_office;
mod question;
mod runtime;
mod stream;
