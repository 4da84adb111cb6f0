//! The pure modules under their public name.
//!
//! With our HTTP/1.1 they are all that is fuzzed. Compiled on their own, without transport and engine, they are ready
//! in seconds, and the fuzzer is not led astray by the branches of an HTTP client.

#[path = "../src/error.rs"]
pub mod error;
#[path = "../src/llm/mod.rs"]
pub mod llm;
#[path = "../src/protocol/mod.rs"]
pub mod protocol;
#[path = "../src/reconnect/mod.rs"]
pub mod reconnect;
