//! One answer of a language model, over a stream and a dialect: hold-back, evidence, resuming.
//!
//! # Layout
//!
//! * [`ChatOptions`]: what is asked, and how the answer may be resumed; [`chat`] starts from it.
//! * [`Resume`]: the policies; `plan` chooses one when an attempt fails.
//! * [`ChatHandler`]: what the engine reads an answer with, in three parts: `decode` makes deltas of what
//!   bodies say, `request` makes the request of an attempt, `judge` says what should follow it.
//! * `delta_assembler`: deltas to the state of the chat and to the consumer, start-up held back.
//! * [`SharedChatState`]: the answer so far, shared by the engine and the consumer.
//! * [`Attempt`]: what each attempt came to, and whether it was billed.
//! * `prefill`, `fields`: the body of a request that goes on with an answer.
//! * `overlap_trimmer`: where a continued answer meets what came before.
//! * `chunk`: the answer as standard Chat Completions chunks; [`fold_chunks`] is the way back.

mod attempt;
mod chunk;
mod decode;
mod delta_assembler;
mod failure;
mod fields;
mod fold;
mod hand_over;
mod handler;
mod judge;
mod options;
mod overlap_trimmer;
mod plan;
mod prefill;
mod request;
mod snapshot;
mod state;

pub use attempt::{Attempt, Billed};
pub use fold::fold_chunks;
pub use handler::{ChatHandler, chat};
pub use options::{ChatOptions, Malformed, Resume};
pub use state::{Form, SharedChatState};
