//! Perennial: Server-Sent Events that never run dry.
//!
//! # Layout
//!
//! * [`protocol`]: bytes to events and back. Pure.
//! * [`reconnect`]: whether to try again, and after how long. Pure.
//! * [`llm`]: events of an LLM's stream to deltas, deltas to a message. Pure.
//! * [`pool`]: which endpoint and which key to ask. Pure.
//! * [`mailbox`]: bounded queues between a producer and its consumer. Pure.
//! * [`error`]: one opaque error: kind, phase, code, source.
//! * [`transport`]: HTTP/1.1 and HTTP/2, behind one trait.
//! * [`stream`]: the state machine that drives all of the above.
//! * [`answer`]: one answer of a language model, resumed by policy.
//! * `node`: the Node binding, the only folder that names napi.

pub mod answer;
pub mod error;
pub mod llm;
pub mod mailbox;
#[cfg(feature = "node")]
mod node;
pub mod pool;
pub mod protocol;
pub mod reconnect;
pub mod stream;
pub mod transport;
