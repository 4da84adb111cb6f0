//! The Node binding: private, thin, and the only folder that names napi.
//!
//! Calls are synchronous and never block; failures cross as data. `lib/` builds what users see.

#![allow(clippy::needless_pass_by_value, reason = "what JavaScript hands over is owned")]

mod alarm_clock;
mod batch;
mod callback_reply;
mod chat_options;
mod chat_stream;
mod decoder;
mod demand;
mod dispatcher;
mod encoder;
mod event_loop;
mod event_stream;
mod hub;
mod hub_question;
mod listener;
mod log;
mod notifier;
mod options;
mod pool;
mod producer;
mod reader;
mod relay;
mod run;
mod runtime;
mod shared_store;
mod store;
mod stream;
mod text;
mod version;
