//! Perennial: Server-Sent Events that never run dry.
//!
//! # Layout
//!
//! * [`protocol`]: bytes to events and back. Pure.
//! * [`reconnect`]: whether to try again, and after how long. Pure.
//! * [`llm`]: events of an LLM's stream to deltas, deltas to a message. Pure.
//! * [`pool`]: which endpoint and which key to ask. Pure.
//! * [`text`]: text in pieces of so many bytes. Pure.
//! * [`record`]: the packed form in which things cross into JavaScript. Pure.
//! * [`delivery`]: bounded queues between a producer and its consumer. Pure.
//! * [`error`]: one opaque error: kind, phase, code, source.
//! * [`transport`]: HTTP/1.1 and HTTP/2, behind one trait.
//! * [`stream`]: the state machine that drives all of the above.
//! * [`chat`]: one answer of a language model, resumed by policy.
//! * [`log`]: append-only logs, and readers' places in them. Pure.
//! * [`relay`]: what the producer of a run does next. Pure.
//! * [`hub`]: clients, their channels, and where each stands in them. Pure.
//! * [`redis`]: the same logs on Redis, which several processes share.
//! * [`serve`]: drives runs and hubs: producers, readers, heartbeats.
//! * [`listener`]: the hub on sockets of its own.
//! * `node`: the Node binding, the only folder that names napi.

pub mod chat;
pub mod delivery;
pub mod error;
pub mod hub;
pub mod listener;
pub mod llm;
pub mod log;
#[cfg(feature = "node")]
mod node;
pub mod pool;
pub mod protocol;
pub mod reconnect;
pub mod record;
pub mod redis;
pub mod relay;
pub mod serve;
pub mod stream;
pub mod text;
pub mod transport;
